# What the public headers declare. Written by bindings/generate.py: do not edit. SPDX-License-Identifier: MIT
# Structs have constructors with keywords, which set the size and the defaults of C's initialisers.

const EQF_LMAX = 11
const EQF_PARAMETER_NDIM = 4
const EQF_ORDER_MAX = 8
const EQF_QUANTITIES = 5
const EQF_VERSION_MAJOR = 0
const EQF_VERSION_MINOR = 1
const EQF_VERSION_PATCH = 0
const EQF_VERSION_STRING = "0.1.0"

const eqf_status = Cuint
const EQF_OK = eqf_status(0)
const EQF_ERROR_ARGUMENT = eqf_status(1)
const EQF_ERROR_MEMORY = eqf_status(2)
const EQF_ERROR_IO = eqf_status(3)
const EQF_ERROR_PARSE = eqf_status(4)
const EQF_ERROR_FORMAT = eqf_status(5)
const EQF_ERROR_SHAPE = eqf_status(6)
const EQF_ERROR_NOT_FOUND = eqf_status(7)
const EQF_ERROR_RANGE = eqf_status(8)
const EQF_ERROR_NOT_FINITE = eqf_status(9)
const EQF_ERROR_UNSUPPORTED = eqf_status(10)
const EQF_ERROR_STATE = eqf_status(11)
const EQF_ERROR_CALLBACK = eqf_status(12)
const EQF_END = eqf_status(13)

const eqf_precision = Cuint
const EQF_FLOAT32 = eqf_precision(0)
const EQF_FLOAT64 = eqf_precision(1)

const eqf_log_level = Cuint
const EQF_LOG_INFO = eqf_log_level(0)
const EQF_LOG_WARNING = eqf_log_level(1)

const eqf_matmul = Cuint
const EQF_MATMUL_FLOAT32 = eqf_matmul(0)
const EQF_MATMUL_BFLOAT16 = eqf_matmul(1)

const eqf_irreps_order = Cuint
const EQF_ORDER_E3NN = eqf_irreps_order(0)
const EQF_ORDER_EVEN_FIRST = eqf_irreps_order(1)

const eqf_parameter_flags = Cuint
const EQF_PARAMETER_TRAINABLE = eqf_parameter_flags(1)
const EQF_PARAMETER_DECAY = eqf_parameter_flags(2)

const eqf_grouping = Cuint
const EQF_PER_ROW = eqf_grouping(0)
const EQF_PER_BLOCK = eqf_grouping(1)
const EQF_PER_CHANNEL = eqf_grouping(2)
const EQF_PER_HEAD = eqf_grouping(3)

const eqf_function = Cuint
const EQF_SILU = eqf_function(0)
const EQF_SIGMOID = eqf_function(1)
const EQF_TANH = eqf_function(2)
const EQF_EXP = eqf_function(3)
const EQF_SIN = eqf_function(4)
const EQF_COS = eqf_function(5)
const EQF_ABS = eqf_function(6)

const eqf_norm_kind = Cuint
const EQF_NORM_LAYER = eqf_norm_kind(0)
const EQF_NORM_GRAPH = eqf_norm_kind(1)
const EQF_NORM_INSTANCE = eqf_norm_kind(2)
const EQF_NORM_FAST_LAYER = eqf_norm_kind(3)

const eqf_cg_convention = Cuint
const EQF_CG_E3NN_05 = eqf_cg_convention(0)
const EQF_CG_E3NN_04 = eqf_cg_convention(1)

const eqf_head_split = Cuint
const EQF_HEAD_SPLIT_PUBLISHED = eqf_head_split(0)
const EQF_HEAD_SPLIT_EQUIVARIANT = eqf_head_split(1)

const eqf_attention_kind = Cuint
const EQF_ATTENTION_GRAPH = eqf_attention_kind(0)
const EQF_ATTENTION_DOT_PRODUCT = eqf_attention_kind(1)

const eqf_radial_kind = Cuint
const EQF_RADIAL_GAUSSIAN = eqf_radial_kind(0)
const EQF_RADIAL_EXP = eqf_radial_kind(1)
const EQF_RADIAL_BESSEL = eqf_radial_kind(2)

const eqf_label = Cuint
const EQF_LABEL_ENERGY = eqf_label(1)
const EQF_LABEL_FORCES = eqf_label(2)
const EQF_LABEL_STRESS = eqf_label(4)
const EQF_LABEL_RELAXED = eqf_label(8)

const eqf_exchange_kind = Cuint
const EQF_EXCHANGE_FORWARD = eqf_exchange_kind(0)
const EQF_EXCHANGE_REVERSE = eqf_exchange_kind(1)
const EQF_EXCHANGE_SUM = eqf_exchange_kind(2)

const eqf_embedding_kind = Cuint
const EQF_EMBED_TYPE = eqf_embedding_kind(0)
const EQF_EMBED_TAG = eqf_embedding_kind(1)

const eqf_activation = Cuint
const EQF_ACTIVATION_SILU = eqf_activation(0)
const EQF_ACTIVATION_SIGMOID = eqf_activation(1)
const EQF_ACTIVATION_TANH = eqf_activation(2)
const EQF_ACTIVATION_SMOOTH_LEAKY_RELU = eqf_activation(3)

const eqf_loss_kind = Cuint
const EQF_LOSS_L1 = eqf_loss_kind(0)
const EQF_LOSS_L2 = eqf_loss_kind(1)
const EQF_LOSS_L2MAE = eqf_loss_kind(2)
const EQF_LOSS_HUBER = eqf_loss_kind(3)

const eqf_quantity = Cuint
const EQF_QUANTITY_ENERGY = eqf_quantity(0)
const EQF_QUANTITY_ENERGY_PER_ATOM = eqf_quantity(1)
const EQF_QUANTITY_FORCES = eqf_quantity(2)
const EQF_QUANTITY_STRESS = eqf_quantity(3)
const EQF_QUANTITY_DISPLACEMENT = eqf_quantity(4)

const eqf_optimizer_kind = Cuint
const EQF_OPTIMIZER_ADAMW = eqf_optimizer_kind(0)
const EQF_OPTIMIZER_ADAM = eqf_optimizer_kind(1)
const EQF_OPTIMIZER_SGD = eqf_optimizer_kind(2)

const eqf_schedule_kind = Cuint
const EQF_SCHEDULE_CONSTANT = eqf_schedule_kind(0)
const EQF_SCHEDULE_COSINE_EPOCH = eqf_schedule_kind(1)
const EQF_SCHEDULE_COSINE_STEP = eqf_schedule_kind(2)
const EQF_SCHEDULE_STEP = eqf_schedule_kind(3)
const EQF_SCHEDULE_PLATEAU = eqf_schedule_kind(4)

const eqf_harmonics = Cuint
const EQF_HARMONICS_COMPONENT = eqf_harmonics(0)
const EQF_HARMONICS_NORM = eqf_harmonics(1)
const EQF_HARMONICS_INTEGRAL = eqf_harmonics(2)

const eqf_tp_mode = Cuint
const EQF_UVW = eqf_tp_mode(0)
const EQF_UVU = eqf_tp_mode(1)
const EQF_UVV = eqf_tp_mode(2)
const EQF_UUW = eqf_tp_mode(3)
const EQF_UUU = eqf_tp_mode(4)
const EQF_UVUV = eqf_tp_mode(5)

const eqf_irrep_normalization = Cuint
const EQF_IRREP_COMPONENT = eqf_irrep_normalization(0)
const EQF_IRREP_NORM = eqf_irrep_normalization(1)

const eqf_path_normalization = Cuint
const EQF_PATH_NONE = eqf_path_normalization(0)
const EQF_PATH_ELEMENT = eqf_path_normalization(1)
const EQF_PATH_PATH = eqf_path_normalization(2)

const eqf_tp_weights = Cuint
const EQF_WEIGHTS_INPUT = eqf_tp_weights(0)
const EQF_WEIGHTS_INTERNAL = eqf_tp_weights(1)

const eqf_train_event = Cuint
const EQF_TRAIN_STEP = eqf_train_event(0)
const EQF_TRAIN_EPOCH = eqf_train_event(1)
const EQF_TRAIN_STOP = eqf_train_event(2)

const eqf_trainer_weights = Cuint
const EQF_TRAINER_LAST = eqf_trainer_weights(0)
const EQF_TRAINER_AVERAGE = eqf_trainer_weights(1)
const EQF_TRAINER_BEST = eqf_trainer_weights(2)

mutable struct eqf_context end
mutable struct eqf_irreps end
mutable struct eqf_parameters end
mutable struct eqf_program end
mutable struct eqf_run end
mutable struct eqf_tensor end
mutable struct eqf_module end
mutable struct eqf_model end
mutable struct eqf_config end
mutable struct eqf_neighbors end
mutable struct eqf_calculator end
mutable struct eqf_frames end
mutable struct eqf_frames_writer end
mutable struct eqf_dataset end
mutable struct eqf_domain end
mutable struct eqf_optimizer end
mutable struct eqf_average end
mutable struct eqf_recipe end
mutable struct eqf_trainer end

const eqf_allocator_resize = Ptr{Cvoid} # (Ptr{Cvoid}, Ptr{Cvoid}, Csize_t) -> Ptr{Cvoid}

struct eqf_allocator
    resize::eqf_allocator_resize
    user::Ptr{Cvoid}
end
eqf_allocator(; resize = C_NULL, user = C_NULL) =
    eqf_allocator(resize, user)

const eqf_parallel_body = Ptr{Cvoid} # (Ptr{Cvoid}, Int64) -> Cvoid

const eqf_parallel_for = Ptr{Cvoid} # (Ptr{Cvoid}, Int64, eqf_parallel_body, Ptr{Cvoid}) -> Cvoid

const eqf_log_function = Ptr{Cvoid} # (Ptr{Cvoid}, eqf_log_level, Cstring) -> Cvoid

struct eqf_context_options
    size::Csize_t
    allocator::eqf_allocator
    threads::Cint
    parallel_for::eqf_parallel_for
    parallel_user::Ptr{Cvoid}
    log::eqf_log_function
    log_user::Ptr{Cvoid}
end
eqf_context_options(; allocator = eqf_allocator(), threads = 1, parallel_for = C_NULL, parallel_user = C_NULL, log = C_NULL, log_user = C_NULL) =
    eqf_context_options(sizeof(eqf_context_options), allocator, threads, parallel_for, parallel_user, log, log_user)

struct eqf_irrep
    l::Cint
    p::Cint
end
eqf_irrep(; l = 0, p = 0) =
    eqf_irrep(l, p)

struct eqf_irreps_block
    mul::Cint
    irrep::eqf_irrep
    offset::Cint
end
eqf_irreps_block(; mul = 0, irrep = eqf_irrep(), offset = 0) =
    eqf_irreps_block(mul, irrep, offset)

struct eqf_parameter_info
    name::Ptr{Cchar}
    ndim::Cint
    shape::NTuple{4, Int64}
    count::Int64
    flags::Cuint
end
eqf_parameter_info(; name = C_NULL, ndim = 0, shape = ntuple(_ -> Int64(0), 4), count = 0, flags = 0) =
    eqf_parameter_info(name, ndim, shape, count, flags)

struct eqf_var
    id::Int32
end
eqf_var(; id = 0) =
    eqf_var(id)

struct eqf_rows
    id::Int32
end
eqf_rows(; id = 0) =
    eqf_rows(id)

struct eqf_map
    id::Int32
end
eqf_map(; id = 0) =
    eqf_map(id)

struct eqf_graph
    edge_src::eqf_map
    edge_dst::eqf_map
    edge_pair::eqf_map
    atom_graph::eqf_map
    atom_type::eqf_map
    atom_tag::eqf_map
    sender_type::eqf_map
    edge_frame::eqf_var
    edge_weight::eqf_var
end
eqf_graph(; edge_src = eqf_map(), edge_dst = eqf_map(), edge_pair = eqf_map(), atom_graph = eqf_map(), atom_type = eqf_map(), atom_tag = eqf_map(), sender_type = eqf_map(), edge_frame = eqf_var(), edge_weight = eqf_var()) =
    eqf_graph(edge_src, edge_dst, edge_pair, atom_graph, atom_type, atom_tag, sender_type, edge_frame, edge_weight)

struct eqf_graph_data
    size::Csize_t
    atoms::Int64
    edges::Int64
    graphs::Int64
    edge_src::Ptr{Int32}
    edge_dst::Ptr{Int32}
    atom_graph::Ptr{Int32}
    atom_type::Ptr{Int32}
    atom_tag::Ptr{Int32}
end
eqf_graph_data(; atoms = 0, edges = 0, graphs = 0, edge_src = C_NULL, edge_dst = C_NULL, atom_graph = C_NULL, atom_type = C_NULL, atom_tag = C_NULL) =
    eqf_graph_data(sizeof(eqf_graph_data), atoms, edges, graphs, edge_src, edge_dst, atom_graph, atom_type, atom_tag)

struct eqf_attention_options
    size::Csize_t
    irreps_in::Ptr{eqf_irreps}
    irreps_sh::Ptr{eqf_irreps}
    irreps_out::Ptr{eqf_irreps}
    irreps_head::Ptr{eqf_irreps}
    irreps_pre_attn::Ptr{eqf_irreps}
    num_heads::Cint
    n_radial::Cint
    radial_layers::Ptr{Cint}
    convention::eqf_cg_convention
    linear_message::Cint
    rescale_degree::Cint
    average_degree::Cdouble
    head_split::eqf_head_split
    alpha_drop::Cdouble
    proj_drop::Cdouble
end
eqf_attention_options(; irreps_in = C_NULL, irreps_sh = C_NULL, irreps_out = C_NULL, irreps_head = C_NULL, irreps_pre_attn = C_NULL, num_heads = 1, n_radial = 0, radial_layers = C_NULL, convention = 0, linear_message = 0, rescale_degree = 0, average_degree = 15.57930850982666, head_split = 0, alpha_drop = 0, proj_drop = 0) =
    eqf_attention_options(sizeof(eqf_attention_options), irreps_in, irreps_sh, irreps_out, irreps_head, irreps_pre_attn, num_heads, n_radial, radial_layers, convention, linear_message, rescale_degree, average_degree, head_split, alpha_drop, proj_drop)

struct eqf_block_options
    size::Csize_t
    kind::eqf_attention_kind
    attention::Ptr{eqf_attention_options}
    irreps_mlp_mid::Ptr{eqf_irreps}
    irreps_node_attr::Ptr{eqf_irreps}
    irreps_out::Ptr{eqf_irreps}
    norm::eqf_norm_kind
    drop_path::Cdouble
end
eqf_block_options(; kind = 0, attention = C_NULL, irreps_mlp_mid = C_NULL, irreps_node_attr = C_NULL, irreps_out = C_NULL, norm = 0, drop_path = 0) =
    eqf_block_options(sizeof(eqf_block_options), kind, attention, irreps_mlp_mid, irreps_node_attr, irreps_out, norm, drop_path)

struct eqf_model_outputs
    atom_energy::eqf_var
    energy::eqf_var
    auxiliary::eqf_var
end
eqf_model_outputs(; atom_energy = eqf_var(), energy = eqf_var(), auxiliary = eqf_var()) =
    eqf_model_outputs(atom_energy, energy, auxiliary)

struct eqf_edges
    count::Int64
    src::Ptr{Int32}
    dst::Ptr{Int32}
    shift::Ptr{Int32}
    vector::Ptr{Cdouble}
    coincident::Int64
end
eqf_edges(; count = 0, src = C_NULL, dst = C_NULL, shift = C_NULL, vector = C_NULL, coincident = 0) =
    eqf_edges(count, src, dst, shift, vector, coincident)

struct eqf_system
    size::Csize_t
    natoms::Int64
    atomic_numbers::Ptr{Cint}
    positions::Ptr{Cdouble}
    graphs::Int64
    graph::Ptr{Int32}
    cell::Ptr{Cdouble}
    pbc::Ptr{Cint}
    tags::Ptr{Cint}
end
eqf_system(; natoms = 0, atomic_numbers = C_NULL, positions = C_NULL, graphs = 1, graph = C_NULL, cell = C_NULL, pbc = C_NULL, tags = C_NULL) =
    eqf_system(sizeof(eqf_system), natoms, atomic_numbers, positions, graphs, graph, cell, pbc, tags)

struct eqf_results
    size::Csize_t
    energy::Ptr{Cdouble}
    atom_energy::Ptr{Cdouble}
    forces::Ptr{Cdouble}
    stress::Ptr{Cdouble}
    virial::Ptr{Cdouble}
    atom_virial::Ptr{Cdouble}
    edge_gradient::Ptr{Ptr{Cdouble}}
    auxiliary::Ptr{Cdouble}
end
eqf_results(; energy = C_NULL, atom_energy = C_NULL, forces = C_NULL, stress = C_NULL, virial = C_NULL, atom_virial = C_NULL, edge_gradient = C_NULL, auxiliary = C_NULL) =
    eqf_results(sizeof(eqf_results), energy, atom_energy, forces, stress, virial, atom_virial, edge_gradient, auxiliary)

struct eqf_hessian_options
    size::Csize_t
    memory::Csize_t
end
eqf_hessian_options(; memory = 0) =
    eqf_hessian_options(sizeof(eqf_hessian_options), memory)

struct eqf_structure
    size::Csize_t
    natoms::Int64
    atomic_numbers::Ptr{Cint}
    positions::Ptr{Cdouble}
    cell::NTuple{9, Cdouble}
    pbc::NTuple{3, Cint}
    has_energy::Cint
    energy::Cdouble
    forces::Ptr{Cdouble}
    tags::Ptr{Cint}
    has_stress::Cint
    stress::NTuple{9, Cdouble}
end
eqf_structure(; natoms = 0, atomic_numbers = C_NULL, positions = C_NULL, cell = ntuple(_ -> Cdouble(0), 9), pbc = ntuple(_ -> Cint(0), 3), has_energy = 0, energy = 0, forces = C_NULL, tags = C_NULL, has_stress = 0, stress = ntuple(_ -> Cdouble(0), 9)) =
    eqf_structure(sizeof(eqf_structure), natoms, atomic_numbers, positions, cell, pbc, has_energy, energy, forces, tags, has_stress, stress)

struct eqf_frames_options
    size::Csize_t
    energy_key::Ptr{Cchar}
    forces_key::Ptr{Cchar}
    stress_key::Ptr{Cchar}
end
eqf_frames_options(; energy_key = C_NULL, forces_key = C_NULL, stress_key = C_NULL) =
    eqf_frames_options(sizeof(eqf_frames_options), energy_key, forces_key, stress_key)

struct eqf_frames_writer_options
    size::Csize_t
    append::Cint
    deflate::Cint
end
eqf_frames_writer_options(; append = 0, deflate = 0) =
    eqf_frames_writer_options(sizeof(eqf_frames_writer_options), append, deflate)

struct eqf_frame_entry
    key::Ptr{Cchar}
    text::Ptr{Cchar}
    number::Cdouble
end
eqf_frame_entry(; key = C_NULL, text = C_NULL, number = 0) =
    eqf_frame_entry(key, text, number)

struct eqf_dataset_options
    size::Csize_t
    energy_key::Ptr{Cchar}
    forces_key::Ptr{Cchar}
    stress_key::Ptr{Cchar}
    labels::Cuint
    energy_unit::Ptr{Cchar}
    length_unit::Ptr{Cchar}
    stress_unit::Ptr{Cchar}
    to_energy_unit::Ptr{Cchar}
    to_length_unit::Ptr{Cchar}
    relaxations::Cint
    force_max::Cdouble
    distance_min::Cdouble
    memory::Csize_t
end
eqf_dataset_options(; energy_key = C_NULL, forces_key = C_NULL, stress_key = C_NULL, labels = 0, energy_unit = C_NULL, length_unit = C_NULL, stress_unit = C_NULL, to_energy_unit = C_NULL, to_length_unit = C_NULL, relaxations = 0, force_max = 0, distance_min = 0, memory = 0) =
    eqf_dataset_options(sizeof(eqf_dataset_options), energy_key, forces_key, stress_key, labels, energy_unit, length_unit, stress_unit, to_energy_unit, to_length_unit, relaxations, force_max, distance_min, memory)

struct eqf_sample
    size::Csize_t
    structure::Ptr{eqf_structure}
    relaxed::Ptr{Cdouble}
    source::Ptr{Cchar}
    frame::Int64
end
eqf_sample(; structure = C_NULL, relaxed = C_NULL, source = C_NULL, frame = 0) =
    eqf_sample(sizeof(eqf_sample), structure, relaxed, source, frame)

struct eqf_split_options
    size::Csize_t
    train::Cdouble
    valid::Cdouble
    test::Cdouble
    shuffle::Cint
    seed::UInt64
end
eqf_split_options(; train = 0, valid = 0, test = 0, shuffle = 1, seed = 0) =
    eqf_split_options(sizeof(eqf_split_options), train, valid, test, shuffle, seed)

struct eqf_statistics
    size::Csize_t
    samples::Int64
    atoms::Int64
    atoms_max::Int64
    labels::Cuint
    elements::NTuple{119, Int64}
    energy_mean::Cdouble
    energy_deviation::Cdouble
    energy_min::Cdouble
    energy_max::Cdouble
    energy_per_atom_mean::Cdouble
    energy_per_atom_deviation::Cdouble
    force_rms::Cdouble
    force_max::Cdouble
    stress_rms::Cdouble
    distance_min::Cdouble
end
eqf_statistics(; samples = 0, atoms = 0, atoms_max = 0, labels = 0, elements = ntuple(_ -> Int64(0), 119), energy_mean = 0, energy_deviation = 0, energy_min = 0, energy_max = 0, energy_per_atom_mean = 0, energy_per_atom_deviation = 0, force_rms = 0, force_max = 0, stress_rms = 0, distance_min = 0) =
    eqf_statistics(sizeof(eqf_statistics), samples, atoms, atoms_max, labels, elements, energy_mean, energy_deviation, energy_min, energy_max, energy_per_atom_mean, energy_per_atom_deviation, force_rms, force_max, stress_rms, distance_min)

struct eqf_exchange
    kind::eqf_exchange_kind
    precision::eqf_precision
    width::Cint
    own::Int64
    rows::Int64
    values::Ptr{Cvoid}
end
eqf_exchange(; kind = 0, precision = 0, width = 0, own = 0, rows = 0, values = C_NULL) =
    eqf_exchange(kind, precision, width, own, rows, values)

const eqf_exchange_function = Ptr{Cvoid} # (Ptr{Cvoid}, Ptr{eqf_exchange}) -> Cint

struct eqf_local
    size::Csize_t
    nlocal::Int64
    nghost::Int64
    atomic_numbers::Ptr{Cint}
    positions::Ptr{Cdouble}
    tags::Ptr{Cint}
    nedges::Int64
    src::Ptr{Int32}
    dst::Ptr{Int32}
    vectors::Ptr{Cdouble}
end
eqf_local(; nlocal = 0, nghost = 0, atomic_numbers = C_NULL, positions = C_NULL, tags = C_NULL, nedges = -1, src = C_NULL, dst = C_NULL, vectors = C_NULL) =
    eqf_local(sizeof(eqf_local), nlocal, nghost, atomic_numbers, positions, tags, nedges, src, dst, vectors)

struct eqf_shares
    size::Csize_t
    energy::Ptr{Cdouble}
    atom_energy::Ptr{Cdouble}
    forces::Ptr{Cdouble}
    virial::Ptr{Cdouble}
    atom_virial::Ptr{Cdouble}
    flux_virial::Ptr{Cdouble}
    edge_gradient::Ptr{Cdouble}
end
eqf_shares(; energy = C_NULL, atom_energy = C_NULL, forces = C_NULL, virial = C_NULL, atom_virial = C_NULL, flux_virial = C_NULL, edge_gradient = C_NULL) =
    eqf_shares(sizeof(eqf_shares), energy, atom_energy, forces, virial, atom_virial, flux_virial, edge_gradient)

struct eqf_edge_degree_options
    size::Csize_t
    irreps_out::Ptr{eqf_irreps}
    irreps_sh::Ptr{eqf_irreps}
    n_radial::Cint
    radial_layers::Ptr{Cint}
    average_degree::Cdouble
    convention::eqf_cg_convention
end
eqf_edge_degree_options(; irreps_out = C_NULL, irreps_sh = C_NULL, n_radial = 0, radial_layers = C_NULL, average_degree = 15.57930850982666, convention = 0) =
    eqf_edge_degree_options(sizeof(eqf_edge_degree_options), irreps_out, irreps_sh, n_radial, radial_layers, average_degree, convention)

struct eqf_loss_term
    size::Csize_t
    quantity::eqf_quantity
    kind::eqf_loss_kind
    weight::Cdouble
    weight_final::Cdouble
    delta::Cdouble
end
eqf_loss_term(; quantity = 0, kind = 0, weight = 1, weight_final = NaN, delta = 1) =
    eqf_loss_term(sizeof(eqf_loss_term), quantity, kind, weight, weight_final, delta)

struct eqf_optimizer_options
    size::Csize_t
    kind::eqf_optimizer_kind
    beta1::Cdouble
    beta2::Cdouble
    epsilon::Cdouble
    momentum::Cdouble
    weight_decay::Cdouble
    clip_norm::Cdouble
end
eqf_optimizer_options(; kind = 0, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-08, momentum = 0, weight_decay = 0, clip_norm = 0) =
    eqf_optimizer_options(sizeof(eqf_optimizer_options), kind, beta1, beta2, epsilon, momentum, weight_decay, clip_norm)

struct eqf_parameter_group
    size::Csize_t
    rate::Cdouble
    weight_decay::Cdouble
end
eqf_parameter_group(; rate = 1, weight_decay = NaN) =
    eqf_parameter_group(sizeof(eqf_parameter_group), rate, weight_decay)

struct eqf_schedule
    size::Csize_t
    kind::eqf_schedule_kind
    rate::Cdouble
    start::Cdouble
    floor::Cdouble
    warmup::Cdouble
    total::Cdouble
    period::Cdouble
    factor::Cdouble
    best::Cdouble
    reduced::Cdouble
    since::Int64
end
eqf_schedule(; kind = 0, rate = 0.001, start = 1e-06, floor = 1e-06, warmup = 0, total = 1, period = 1, factor = 0.1, best = Inf, reduced = 1, since = 0) =
    eqf_schedule(sizeof(eqf_schedule), kind, rate, start, floor, warmup, total, period, factor, best, reduced, since)

struct eqf_instruction
    in1::Cint
    in2::Cint
    out::Cint
    mode::eqf_tp_mode
    has_weight::Cint
end
eqf_instruction(; in1 = 0, in2 = 0, out = 0, mode = 0, has_weight = 0) =
    eqf_instruction(in1, in2, out, mode, has_weight)

struct eqf_tensor_product_options
    size::Csize_t
    irrep_normalization::eqf_irrep_normalization
    path_normalization::eqf_path_normalization
    weights::eqf_tp_weights
    convention::eqf_cg_convention
end
eqf_tensor_product_options(; irrep_normalization = 0, path_normalization = 0, weights = 0, convention = 0) =
    eqf_tensor_product_options(sizeof(eqf_tensor_product_options), irrep_normalization, path_normalization, weights, convention)

const eqf_reducer_sum = Ptr{Cvoid} # (Ptr{Cvoid}, Csize_t, Ptr{Cdouble}) -> Cint

struct eqf_reducer
    sum::eqf_reducer_sum
    user::Ptr{Cvoid}
    rank::Cint
    ranks::Cint
end
eqf_reducer(; sum = C_NULL, user = C_NULL, rank = 0, ranks = 0) =
    eqf_reducer(sum, user, rank, ranks)

struct eqf_trainer_options
    size::Csize_t
    directory::Ptr{Cchar}
    resume::Cint
    precision::eqf_precision
    reducer::eqf_reducer
end
eqf_trainer_options(; directory = C_NULL, resume = 0, precision = 0, reducer = eqf_reducer(ranks = 1)) =
    eqf_trainer_options(sizeof(eqf_trainer_options), directory, resume, precision, reducer)

struct eqf_metrics
    size::Csize_t
    samples::Int64
    atoms::Int64
    energy_mae::Cdouble
    energy_rmse::Cdouble
    energy_mae_per_atom::Cdouble
    force_mae::Cdouble
    force_rmse::Cdouble
    force_cosine::Cdouble
    stress_mae::Cdouble
    displacement_mae::Cdouble
end
eqf_metrics(; samples = 0, atoms = 0, energy_mae = 0, energy_rmse = 0, energy_mae_per_atom = 0, force_mae = 0, force_rmse = 0, force_cosine = 0, stress_mae = 0, displacement_mae = 0) =
    eqf_metrics(sizeof(eqf_metrics), samples, atoms, energy_mae, energy_rmse, energy_mae_per_atom, force_mae, force_rmse, force_cosine, stress_mae, displacement_mae)

struct eqf_train_progress
    size::Csize_t
    event::eqf_train_event
    epoch::Int64
    epochs::Int64
    step::Int64
    steps::Int64
    rate::Cdouble
    loss::Cdouble
    gradient_norm::Cdouble
    train_loss::Cdouble
    train_terms::NTuple{5, Cdouble}
    seconds::Cdouble
    epoch_ended::Cint
    valid::Ptr{eqf_metrics}
    is_best::Cint
    reason::Ptr{Cchar}
end
eqf_train_progress(; event = 0, epoch = 0, epochs = 0, step = 0, steps = 0, rate = 0, loss = 0, gradient_norm = 0, train_loss = 0, train_terms = ntuple(_ -> Cdouble(0), 5), seconds = 0, epoch_ended = 0, valid = C_NULL, is_best = 0, reason = C_NULL) =
    eqf_train_progress(sizeof(eqf_train_progress), event, epoch, epochs, step, steps, rate, loss, gradient_norm, train_loss, train_terms, seconds, epoch_ended, valid, is_best, reason)

const eqf_evaluate_function = Ptr{Cvoid} # (Ptr{Cvoid}, Int64, Ptr{eqf_sample}, Cdouble, Ptr{Cdouble}) -> Cint

eqf_status_string(status) =
    ccall((:eqf_status_string, libequiformer), Cstring, (eqf_status,), status)

eqf_context_create(options, context) =
    ccall((:eqf_context_create, libequiformer), eqf_status, (Ptr{eqf_context_options}, Ptr{Ptr{eqf_context}}), options, context)

eqf_context_free(context) =
    ccall((:eqf_context_free, libequiformer), Cvoid, (Ptr{eqf_context},), context)

eqf_context_message(context) =
    ccall((:eqf_context_message, libequiformer), Cstring, (Ptr{eqf_context},), context)

eqf_context_threads(context) =
    ccall((:eqf_context_threads, libequiformer), Cint, (Ptr{eqf_context},), context)

eqf_context_isa(context) =
    ccall((:eqf_context_isa, libequiformer), Cstring, (Ptr{eqf_context},), context)

eqf_context_set_matmul(context, matmul) =
    ccall((:eqf_context_set_matmul, libequiformer), eqf_status, (Ptr{eqf_context}, eqf_matmul), context, matmul)

eqf_context_matmul(context) =
    ccall((:eqf_context_matmul, libequiformer), eqf_matmul, (Ptr{eqf_context},), context)

eqf_irreps_parse(context, text, irreps) =
    ccall((:eqf_irreps_parse, libequiformer), eqf_status, (Ptr{eqf_context}, Cstring, Ptr{Ptr{eqf_irreps}}), context, text, irreps)

eqf_irreps_create(context, n, blocks, irreps) =
    ccall((:eqf_irreps_create, libequiformer), eqf_status, (Ptr{eqf_context}, Cint, Ptr{eqf_irreps_block}, Ptr{Ptr{eqf_irreps}}), context, n, blocks, irreps)

eqf_irreps_spherical_harmonics(context, lmax, odd_parity, irreps) =
    ccall((:eqf_irreps_spherical_harmonics, libequiformer), eqf_status, (Ptr{eqf_context}, Cint, Cint, Ptr{Ptr{eqf_irreps}}), context, lmax, odd_parity, irreps)

eqf_irreps_retain(irreps) =
    ccall((:eqf_irreps_retain, libequiformer), Ptr{eqf_irreps}, (Ptr{eqf_irreps},), irreps)

eqf_irreps_free(irreps) =
    ccall((:eqf_irreps_free, libequiformer), Cvoid, (Ptr{eqf_irreps},), irreps)

eqf_irreps_format(irreps, text, bytes, needed) =
    ccall((:eqf_irreps_format, libequiformer), Cvoid, (Ptr{eqf_irreps}, Ptr{Cchar}, Csize_t, Ptr{Csize_t}), irreps, text, bytes, needed)

eqf_irreps_blocks(irreps) =
    ccall((:eqf_irreps_blocks, libequiformer), Cint, (Ptr{eqf_irreps},), irreps)

eqf_irreps_block_at(irreps, i) =
    ccall((:eqf_irreps_block_at, libequiformer), Ptr{eqf_irreps_block}, (Ptr{eqf_irreps}, Cint), irreps, i)

eqf_irreps_dim(irreps) =
    ccall((:eqf_irreps_dim, libequiformer), Cint, (Ptr{eqf_irreps},), irreps)

eqf_irreps_channels(irreps) =
    ccall((:eqf_irreps_channels, libequiformer), Cint, (Ptr{eqf_irreps},), irreps)

eqf_irreps_lmax(irreps) =
    ccall((:eqf_irreps_lmax, libequiformer), Cint, (Ptr{eqf_irreps},), irreps)

eqf_irreps_channels_of(irreps, irrep) =
    ccall((:eqf_irreps_channels_of, libequiformer), Cint, (Ptr{eqf_irreps}, eqf_irrep), irreps, irrep)

eqf_irreps_equal(a, b) =
    ccall((:eqf_irreps_equal, libequiformer), Cint, (Ptr{eqf_irreps}, Ptr{eqf_irreps}), a, b)

eqf_irreps_simplify(context, irreps, simplified) =
    ccall((:eqf_irreps_simplify, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_irreps}, Ptr{Ptr{eqf_irreps}}), context, irreps, simplified)

eqf_irreps_sort(context, irreps, order, sorted, p, inverse) =
    ccall((:eqf_irreps_sort, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_irreps}, eqf_irreps_order, Ptr{Ptr{eqf_irreps}}, Ptr{Cint}, Ptr{Cint}), context, irreps, order, sorted, p, inverse)

eqf_irreps_concat(context, a, b, sum) =
    ccall((:eqf_irreps_concat, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_irreps}, Ptr{eqf_irreps}, Ptr{Ptr{eqf_irreps}}), context, a, b, sum)

eqf_irreps_repeat(context, irreps, factor, product) =
    ccall((:eqf_irreps_repeat, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_irreps}, Cint, Ptr{Ptr{eqf_irreps}}), context, irreps, factor, product)

eqf_irrep_product(a, b, room, product) =
    ccall((:eqf_irrep_product, libequiformer), Cint, (eqf_irrep, eqf_irrep, Cint, Ptr{eqf_irrep}), a, b, room, product)

eqf_parameters_create(context, precision, parameters) =
    ccall((:eqf_parameters_create, libequiformer), eqf_status, (Ptr{eqf_context}, eqf_precision, Ptr{Ptr{eqf_parameters}}), context, precision, parameters)

eqf_parameters_retain(parameters) =
    ccall((:eqf_parameters_retain, libequiformer), Ptr{eqf_parameters}, (Ptr{eqf_parameters},), parameters)

eqf_parameters_free(parameters) =
    ccall((:eqf_parameters_free, libequiformer), Cvoid, (Ptr{eqf_parameters},), parameters)

eqf_parameters_copy(context, parameters, precision, copy) =
    ccall((:eqf_parameters_copy, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_parameters}, eqf_precision, Ptr{Ptr{eqf_parameters}}), context, parameters, precision, copy)

eqf_parameters_add(context, parameters, info) =
    ccall((:eqf_parameters_add, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_parameters}, Ptr{eqf_parameter_info}), context, parameters, info)

eqf_parameters_precision(parameters) =
    ccall((:eqf_parameters_precision, libequiformer), eqf_precision, (Ptr{eqf_parameters},), parameters)

eqf_parameters_arrays(parameters) =
    ccall((:eqf_parameters_arrays, libequiformer), Cint, (Ptr{eqf_parameters},), parameters)

eqf_parameters_elements(parameters) =
    ccall((:eqf_parameters_elements, libequiformer), Int64, (Ptr{eqf_parameters},), parameters)

eqf_parameters_find(parameters, name) =
    ccall((:eqf_parameters_find, libequiformer), Cint, (Ptr{eqf_parameters}, Cstring), parameters, name)

eqf_parameters_info(context, parameters, i, info) =
    ccall((:eqf_parameters_info, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_parameters}, Cint, Ptr{eqf_parameter_info}), context, parameters, i, info)

eqf_parameters_get(context, parameters, i, values) =
    ccall((:eqf_parameters_get, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_parameters}, Cint, Ptr{Cdouble}), context, parameters, i, values)

eqf_parameters_set(context, parameters, i, values) =
    ccall((:eqf_parameters_set, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_parameters}, Cint, Ptr{Cdouble}), context, parameters, i, values)

eqf_program_create(context, program) =
    ccall((:eqf_program_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{Ptr{eqf_program}}), context, program)

eqf_program_retain(program) =
    ccall((:eqf_program_retain, libequiformer), Ptr{eqf_program}, (Ptr{eqf_program},), program)

eqf_program_free(program) =
    ccall((:eqf_program_free, libequiformer), Cvoid, (Ptr{eqf_program},), program)

eqf_program_end(context, program) =
    ccall((:eqf_program_end, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_program}), context, program)

eqf_program_rows(program, name) =
    ccall((:eqf_program_rows, libequiformer), eqf_rows, (Ptr{eqf_program}, Cstring), program, name)

eqf_program_map(program, name, from, to) =
    ccall((:eqf_program_map, libequiformer), eqf_map, (Ptr{eqf_program}, Cstring, eqf_rows, eqf_rows), program, name, from, to)

eqf_rows_one() =
    ccall((:eqf_rows_one, libequiformer), eqf_rows, ())

eqf_input(program, name, rows, irreps) =
    ccall((:eqf_input, libequiformer), eqf_var, (Ptr{eqf_program}, Cstring, eqf_rows, Ptr{eqf_irreps}), program, name, rows, irreps)

eqf_input_double(program, name, rows, irreps) =
    ccall((:eqf_input_double, libequiformer), eqf_var, (Ptr{eqf_program}, Cstring, eqf_rows, Ptr{eqf_irreps}), program, name, rows, irreps)

eqf_to_double(program, x) =
    ccall((:eqf_to_double, libequiformer), eqf_var, (Ptr{eqf_program}, eqf_var), program, x)

eqf_from_double(program, x) =
    ccall((:eqf_from_double, libequiformer), eqf_var, (Ptr{eqf_program}, eqf_var), program, x)

eqf_parameter(program, name, rows, count) =
    ccall((:eqf_parameter, libequiformer), eqf_var, (Ptr{eqf_program}, Cstring, eqf_rows, Int64), program, name, rows, count)

eqf_program_parameter(program, name) =
    ccall((:eqf_program_parameter, libequiformer), eqf_var, (Ptr{eqf_program}, Cstring), program, name)

eqf_parameter_double(program, name, rows, count) =
    ccall((:eqf_parameter_double, libequiformer), eqf_var, (Ptr{eqf_program}, Cstring, eqf_rows, Int64), program, name, rows, count)

eqf_constant(program, irreps, values) =
    ccall((:eqf_constant, libequiformer), eqf_var, (Ptr{eqf_program}, Ptr{eqf_irreps}, Ptr{Cdouble}), program, irreps, values)

eqf_combine(program, alpha, a, beta, b) =
    ccall((:eqf_combine, libequiformer), eqf_var, (Ptr{eqf_program}, Cdouble, eqf_var, Cdouble, eqf_var), program, alpha, a, beta, b)

eqf_add(program, a, b) =
    ccall((:eqf_add, libequiformer), eqf_var, (Ptr{eqf_program}, eqf_var, eqf_var), program, a, b)

eqf_multiply(program, alpha, a) =
    ccall((:eqf_multiply, libequiformer), eqf_var, (Ptr{eqf_program}, Cdouble, eqf_var), program, alpha, a)

eqf_broadcast(program, rows, a) =
    ccall((:eqf_broadcast, libequiformer), eqf_var, (Ptr{eqf_program}, eqf_rows, eqf_var), program, rows, a)

eqf_sum_rows(program, a) =
    ccall((:eqf_sum_rows, libequiformer), eqf_var, (Ptr{eqf_program}, eqf_var), program, a)

eqf_scale(program, x, s, grouping, heads) =
    ccall((:eqf_scale, libequiformer), eqf_var, (Ptr{eqf_program}, eqf_var, eqf_var, eqf_grouping, Cint), program, x, s, grouping, heads)

eqf_dot(program, x, y, grouping, heads) =
    ccall((:eqf_dot, libequiformer), eqf_var, (Ptr{eqf_program}, eqf_var, eqf_var, eqf_grouping, Cint), program, x, y, grouping, heads)

eqf_apply(program, function_, x) =
    ccall((:eqf_apply, libequiformer), eqf_var, (Ptr{eqf_program}, eqf_function, eqf_var), program, function_, x)

eqf_power(program, x, exponent, floor) =
    ccall((:eqf_power, libequiformer), eqf_var, (Ptr{eqf_program}, eqf_var, Cdouble, Cdouble), program, x, exponent, floor)

eqf_channels(program, x, block, first, mul) =
    ccall((:eqf_channels, libequiformer), eqf_var, (Ptr{eqf_program}, eqf_var, Cint, Cint, Cint), program, x, block, first, mul)

eqf_concat(program, a, b) =
    ccall((:eqf_concat, libequiformer), eqf_var, (Ptr{eqf_program}, eqf_var, eqf_var), program, a, b)

eqf_gather(program, map, x) =
    ccall((:eqf_gather, libequiformer), eqf_var, (Ptr{eqf_program}, eqf_map, eqf_var), program, map, x)

eqf_segment_sum(program, map, x) =
    ccall((:eqf_segment_sum, libequiformer), eqf_var, (Ptr{eqf_program}, eqf_map, eqf_var), program, map, x)

eqf_segment_softmax(program, map, x, u) =
    ccall((:eqf_segment_softmax, libequiformer), eqf_var, (Ptr{eqf_program}, eqf_map, eqf_var, eqf_var), program, map, x, u)

eqf_solid_harmonics(program, x, irreps) =
    ccall((:eqf_solid_harmonics, libequiformer), eqf_var, (Ptr{eqf_program}, eqf_var, Ptr{eqf_irreps}), program, x, irreps)

eqf_edge_frames(program, x, lmax) =
    ccall((:eqf_edge_frames, libequiformer), eqf_var, (Ptr{eqf_program}, eqf_var, Cint), program, x, lmax)

eqf_dropout_mask(program, name, rows, n, probability) =
    ccall((:eqf_dropout_mask, libequiformer), eqf_var, (Ptr{eqf_program}, Cstring, eqf_rows, Cint, Cdouble), program, name, rows, n, probability)

eqf_program_set_training(program, training) =
    ccall((:eqf_program_set_training, libequiformer), Cvoid, (Ptr{eqf_program}, Cint), program, training)

eqf_program_training(program) =
    ccall((:eqf_program_training, libequiformer), Cint, (Ptr{eqf_program},), program)

eqf_program_set_paired(program, paired) =
    ccall((:eqf_program_set_paired, libequiformer), Cvoid, (Ptr{eqf_program}, Cint), program, paired)

eqf_program_set_flops_per_byte(program, flops) =
    ccall((:eqf_program_set_flops_per_byte, libequiformer), Cvoid, (Ptr{eqf_program}, Cdouble), program, flops)

eqf_grad(program, n_outputs, outputs, seeds, n_wrt, wrt, gradients) =
    ccall((:eqf_grad, libequiformer), Cvoid, (Ptr{eqf_program}, Cint, Ptr{eqf_var}, Ptr{eqf_var}, Cint, Ptr{eqf_var}, Ptr{eqf_var}), program, n_outputs, outputs, seeds, n_wrt, wrt, gradients)

eqf_output(program, name, x) =
    ccall((:eqf_output, libequiformer), Cvoid, (Ptr{eqf_program}, Cstring, eqf_var), program, name, x)

eqf_var_rows(program, x) =
    ccall((:eqf_var_rows, libequiformer), eqf_rows, (Ptr{eqf_program}, eqf_var), program, x)

eqf_var_irreps(program, x) =
    ccall((:eqf_var_irreps, libequiformer), Ptr{eqf_irreps}, (Ptr{eqf_program}, eqf_var), program, x)

eqf_program_fail(program, status, message) =
    ccall((:eqf_program_fail, libequiformer), Cvoid, (Ptr{eqf_program}, eqf_status, Cstring), program, status, message)

eqf_program_operations(program) =
    ccall((:eqf_program_operations, libequiformer), Cint, (Ptr{eqf_program},), program)

eqf_run_create(context, program, parameters, precision, run) =
    ccall((:eqf_run_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_program}, Ptr{eqf_parameters}, eqf_precision, Ptr{Ptr{eqf_run}}), context, program, parameters, precision, run)

eqf_run_free(run) =
    ccall((:eqf_run_free, libequiformer), Cvoid, (Ptr{eqf_run},), run)

eqf_run_set_parameters(context, run, parameters) =
    ccall((:eqf_run_set_parameters, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_run}, Ptr{eqf_parameters}), context, run, parameters)

eqf_run_set_rows(context, run, rows, count) =
    ccall((:eqf_run_set_rows, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_run}, Cstring, Int64), context, run, rows, count)

eqf_run_set_map(context, run, map, target) =
    ccall((:eqf_run_set_map, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_run}, Cstring, Ptr{Int32}), context, run, map, target)

eqf_run_set_input(context, run, input, values) =
    ccall((:eqf_run_set_input, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_run}, Cstring, Ptr{Cdouble}), context, run, input, values)

eqf_run_map_size(run, map) =
    ccall((:eqf_run_map_size, libequiformer), Int64, (Ptr{eqf_run}, Cstring), run, map)

eqf_run_input_size(run, input) =
    ccall((:eqf_run_input_size, libequiformer), Int64, (Ptr{eqf_run}, Cstring), run, input)

eqf_run_output_size(run, output) =
    ccall((:eqf_run_output_size, libequiformer), Int64, (Ptr{eqf_run}, Cstring), run, output)

eqf_run_set_seed(run, seed) =
    ccall((:eqf_run_set_seed, libequiformer), Cvoid, (Ptr{eqf_run}, UInt64), run, seed)

eqf_run_execute(context, run) =
    ccall((:eqf_run_execute, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_run}), context, run)

eqf_run_get_output(context, run, output, values) =
    ccall((:eqf_run_get_output, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_run}, Cstring, Ptr{Cdouble}), context, run, output, values)

eqf_run_bytes(run) =
    ccall((:eqf_run_bytes, libequiformer), Csize_t, (Ptr{eqf_run},), run)

eqf_tensor_create(context, irreps, rows, precision, tensor) =
    ccall((:eqf_tensor_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_irreps}, Int64, eqf_precision, Ptr{Ptr{eqf_tensor}}), context, irreps, rows, precision, tensor)

eqf_tensor_free(tensor) =
    ccall((:eqf_tensor_free, libequiformer), Cvoid, (Ptr{eqf_tensor},), tensor)

eqf_tensor_irreps(tensor) =
    ccall((:eqf_tensor_irreps, libequiformer), Ptr{eqf_irreps}, (Ptr{eqf_tensor},), tensor)

eqf_tensor_rows(tensor) =
    ccall((:eqf_tensor_rows, libequiformer), Int64, (Ptr{eqf_tensor},), tensor)

eqf_tensor_precision(tensor) =
    ccall((:eqf_tensor_precision, libequiformer), eqf_precision, (Ptr{eqf_tensor},), tensor)

eqf_tensor_set(tensor, values) =
    ccall((:eqf_tensor_set, libequiformer), Cvoid, (Ptr{eqf_tensor}, Ptr{Cdouble}), tensor, values)

eqf_tensor_get(tensor, values) =
    ccall((:eqf_tensor_get, libequiformer), Cvoid, (Ptr{eqf_tensor}, Ptr{Cdouble}), tensor, values)

eqf_tensor_rotate(context, tensor, rotation) =
    ccall((:eqf_tensor_rotate, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_tensor}, Ptr{Cdouble}), context, tensor, rotation)

eqf_module_retain(module_) =
    ccall((:eqf_module_retain, libequiformer), Ptr{eqf_module}, (Ptr{eqf_module},), module_)

eqf_module_free(module_) =
    ccall((:eqf_module_free, libequiformer), Cvoid, (Ptr{eqf_module},), module_)

eqf_module_kind(module_) =
    ccall((:eqf_module_kind, libequiformer), Cstring, (Ptr{eqf_module},), module_)

eqf_module_inputs(module_) =
    ccall((:eqf_module_inputs, libequiformer), Cint, (Ptr{eqf_module},), module_)

eqf_module_irreps_in(module_, i) =
    ccall((:eqf_module_irreps_in, libequiformer), Ptr{eqf_irreps}, (Ptr{eqf_module}, Cint), module_, i)

eqf_module_irreps_out(module_) =
    ccall((:eqf_module_irreps_out, libequiformer), Ptr{eqf_irreps}, (Ptr{eqf_module},), module_)

eqf_module_record(program, module_, scope, graph, inputs) =
    ccall((:eqf_module_record, libequiformer), eqf_var, (Ptr{eqf_program}, Ptr{eqf_module}, Cstring, Ptr{eqf_graph}, Ptr{eqf_var}), program, module_, scope, graph, inputs)

eqf_module_init(context, module_, scope, seed, parameters) =
    ccall((:eqf_module_init, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_module}, Cstring, UInt64, Ptr{eqf_parameters}), context, module_, scope, seed, parameters)

eqf_module_apply(context, module_, scope, parameters, graph, inputs, output) =
    ccall((:eqf_module_apply, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_module}, Cstring, Ptr{eqf_parameters}, Ptr{eqf_graph_data}, Ptr{Ptr{eqf_tensor}}, Ptr{eqf_tensor}), context, module_, scope, parameters, graph, inputs, output)

eqf_module_vjp(context, module_, scope, parameters, graph, inputs, cotangent, gradients) =
    ccall((:eqf_module_vjp, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_module}, Cstring, Ptr{eqf_parameters}, Ptr{eqf_graph_data}, Ptr{Ptr{eqf_tensor}}, Ptr{eqf_tensor}, Ptr{Ptr{eqf_tensor}}), context, module_, scope, parameters, graph, inputs, cotangent, gradients)

eqf_norm_create(context, kind, irreps, eps, module_) =
    ccall((:eqf_norm_create, libequiformer), eqf_status, (Ptr{eqf_context}, eqf_norm_kind, Ptr{eqf_irreps}, Cdouble, Ptr{Ptr{eqf_module}}), context, kind, irreps, eps, module_)

eqf_wigner_3j(context, convention, l1, l2, l3, c) =
    ccall((:eqf_wigner_3j, libequiformer), eqf_status, (Ptr{eqf_context}, eqf_cg_convention, Cint, Cint, Cint, Ptr{Cdouble}), context, convention, l1, l2, l3, c)

eqf_wigner_d(context, l, alpha, beta, gamma, d) =
    ccall((:eqf_wigner_d, libequiformer), eqf_status, (Ptr{eqf_context}, Cint, Cdouble, Cdouble, Cdouble, Ptr{Cdouble}), context, l, alpha, beta, gamma, d)

eqf_rotation_from_angles(alpha, beta, gamma, rotation) =
    ccall((:eqf_rotation_from_angles, libequiformer), Cvoid, (Cdouble, Cdouble, Cdouble, Ptr{Cdouble}), alpha, beta, gamma, rotation)

eqf_rotation_to_angles(context, rotation, alpha, beta, gamma) =
    ccall((:eqf_rotation_to_angles, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{Cdouble}, Ptr{Cdouble}, Ptr{Cdouble}, Ptr{Cdouble}), context, rotation, alpha, beta, gamma)

eqf_rotation_random(seed, rotation) =
    ccall((:eqf_rotation_random, libequiformer), Cvoid, (UInt64, Ptr{Cdouble}), seed, rotation)

eqf_irreps_rotate(context, irreps, rotation, rows, in_, out) =
    ccall((:eqf_irreps_rotate, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_irreps}, Ptr{Cdouble}, Int64, Ptr{Cdouble}, Ptr{Cdouble}), context, irreps, rotation, rows, in_, out)

eqf_graph_attention_create(context, options, module_) =
    ccall((:eqf_graph_attention_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_attention_options}, Ptr{Ptr{eqf_module}}), context, options, module_)

eqf_dot_product_attention_create(context, options, module_) =
    ccall((:eqf_dot_product_attention_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_attention_options}, Ptr{Ptr{eqf_module}}), context, options, module_)

eqf_feed_forward_create(context, in_, node_attr, mid, out, proj_drop, module_) =
    ccall((:eqf_feed_forward_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_irreps}, Ptr{eqf_irreps}, Ptr{eqf_irreps}, Ptr{eqf_irreps}, Cdouble, Ptr{Ptr{eqf_module}}), context, in_, node_attr, mid, out, proj_drop, module_)

eqf_block_create(context, options, module_) =
    ccall((:eqf_block_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_block_options}, Ptr{Ptr{eqf_module}}), context, options, module_)

eqf_radial_basis_create(context, kind, n, cutoff, module_) =
    ccall((:eqf_radial_basis_create, libequiformer), eqf_status, (Ptr{eqf_context}, eqf_radial_kind, Cint, Cdouble, Ptr{Ptr{eqf_module}}), context, kind, n, cutoff, module_)

eqf_radial_mlp_create(context, n, layers, module_) =
    ccall((:eqf_radial_mlp_create, libequiformer), eqf_status, (Ptr{eqf_context}, Cint, Ptr{Cint}, Ptr{Ptr{eqf_module}}), context, n, layers, module_)

eqf_preset_count() =
    ccall((:eqf_preset_count, libequiformer), Cint, ())

eqf_preset_name(i) =
    ccall((:eqf_preset_name, libequiformer), Cstring, (Cint,), i)

eqf_config_preset(context, name, config) =
    ccall((:eqf_config_preset, libequiformer), eqf_status, (Ptr{eqf_context}, Cstring, Ptr{Ptr{eqf_config}}), context, name, config)

eqf_config_parse(context, json, config) =
    ccall((:eqf_config_parse, libequiformer), eqf_status, (Ptr{eqf_context}, Cstring, Ptr{Ptr{eqf_config}}), context, json, config)

eqf_config_set(context, config, key, value) =
    ccall((:eqf_config_set, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_config}, Cstring, Cstring), context, config, key, value)

eqf_config_get(context, config, key, value) =
    ccall((:eqf_config_get, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_config}, Cstring, Ptr{Ptr{Cchar}}), context, config, key, value)

eqf_config_format(context, config, json) =
    ccall((:eqf_config_format, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_config}, Ptr{Ptr{Cchar}}), context, config, json)

eqf_text_free(context, text) =
    ccall((:eqf_text_free, libequiformer), Cvoid, (Ptr{eqf_context}, Ptr{Cchar}), context, text)

eqf_config_free(config) =
    ccall((:eqf_config_free, libequiformer), Cvoid, (Ptr{eqf_config},), config)

eqf_model_create(context, config, seed, precision, model) =
    ccall((:eqf_model_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_config}, UInt64, eqf_precision, Ptr{Ptr{eqf_model}}), context, config, seed, precision, model)

eqf_model_assemble(context, config, parameters, model) =
    ccall((:eqf_model_assemble, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_config}, Ptr{eqf_parameters}, Ptr{Ptr{eqf_model}}), context, config, parameters, model)

eqf_model_load(context, path, model) =
    ccall((:eqf_model_load, libequiformer), eqf_status, (Ptr{eqf_context}, Cstring, Ptr{Ptr{eqf_model}}), context, path, model)

eqf_model_save(context, model, path) =
    ccall((:eqf_model_save, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_model}, Cstring), context, model, path)

eqf_model_retain(model) =
    ccall((:eqf_model_retain, libequiformer), Ptr{eqf_model}, (Ptr{eqf_model},), model)

eqf_model_free(model) =
    ccall((:eqf_model_free, libequiformer), Cvoid, (Ptr{eqf_model},), model)

eqf_model_config(model) =
    ccall((:eqf_model_config, libequiformer), Ptr{eqf_config}, (Ptr{eqf_model},), model)

eqf_model_parameters(model) =
    ccall((:eqf_model_parameters, libequiformer), Ptr{eqf_parameters}, (Ptr{eqf_model},), model)

eqf_model_name(model) =
    ccall((:eqf_model_name, libequiformer), Cstring, (Ptr{eqf_model},), model)

eqf_model_cutoff(model) =
    ccall((:eqf_model_cutoff, libequiformer), Cdouble, (Ptr{eqf_model},), model)

eqf_model_length_unit(model) =
    ccall((:eqf_model_length_unit, libequiformer), Cstring, (Ptr{eqf_model},), model)

eqf_model_energy_unit(model) =
    ccall((:eqf_model_energy_unit, libequiformer), Cstring, (Ptr{eqf_model},), model)

eqf_model_is_smooth(model) =
    ccall((:eqf_model_is_smooth, libequiformer), Cint, (Ptr{eqf_model},), model)

eqf_model_type(model, atomic_number) =
    ccall((:eqf_model_type, libequiformer), Cint, (Ptr{eqf_model}, Cint), model, atomic_number)

eqf_model_record(program, model, scope, vectors, outputs) =
    ccall((:eqf_model_record, libequiformer), Cvoid, (Ptr{eqf_program}, Ptr{eqf_model}, Cstring, eqf_var, Ptr{eqf_model_outputs}), program, model, scope, vectors, outputs)

eqf_model_energy_scale(model) =
    ccall((:eqf_model_energy_scale, libequiformer), Cdouble, (Ptr{eqf_model},), model)

eqf_model_energy_shift(model, type_) =
    ccall((:eqf_model_energy_shift, libequiformer), Cdouble, (Ptr{eqf_model}, Cint), model, type_)

eqf_model_energy_offset(model) =
    ccall((:eqf_model_energy_offset, libequiformer), Cdouble, (Ptr{eqf_model},), model)

eqf_model_auxiliary_scale(model) =
    ccall((:eqf_model_auxiliary_scale, libequiformer), Cdouble, (Ptr{eqf_model},), model)

eqf_edge_pairs(context, edges, edge_pair, pairs) =
    ccall((:eqf_edge_pairs, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_edges}, Ptr{Int32}, Ptr{Int64}), context, edges, edge_pair, pairs)

eqf_neighbors_create(context, neighbors) =
    ccall((:eqf_neighbors_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{Ptr{eqf_neighbors}}), context, neighbors)

eqf_neighbors_free(neighbors) =
    ccall((:eqf_neighbors_free, libequiformer), Cvoid, (Ptr{eqf_neighbors},), neighbors)

eqf_neighbors_find(context, neighbors, cutoff, natoms, positions, graphs, graph, cell, pbc, edges) =
    ccall((:eqf_neighbors_find, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_neighbors}, Cdouble, Int64, Ptr{Cdouble}, Int64, Ptr{Int32}, Ptr{Cdouble}, Ptr{Cint}, Ptr{eqf_edges}), context, neighbors, cutoff, natoms, positions, graphs, graph, cell, pbc, edges)

eqf_neighbors_set_skin(context, neighbors, skin) =
    ccall((:eqf_neighbors_set_skin, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_neighbors}, Cdouble), context, neighbors, skin)

eqf_neighbors_searches(neighbors) =
    ccall((:eqf_neighbors_searches, libequiformer), Int64, (Ptr{eqf_neighbors},), neighbors)

eqf_neighbors_bytes(neighbors) =
    ccall((:eqf_neighbors_bytes, libequiformer), Csize_t, (Ptr{eqf_neighbors},), neighbors)

eqf_calculator_create(context, model, precision, calculator) =
    ccall((:eqf_calculator_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_model}, eqf_precision, Ptr{Ptr{eqf_calculator}}), context, model, precision, calculator)

eqf_calculator_free(calculator) =
    ccall((:eqf_calculator_free, libequiformer), Cvoid, (Ptr{eqf_calculator},), calculator)

eqf_calculator_compute(context, calculator, system, results) =
    ccall((:eqf_calculator_compute, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_calculator}, Ptr{eqf_system}, Ptr{eqf_results}), context, calculator, system, results)

eqf_calculator_hessian(context, calculator, system, options, hessian) =
    ccall((:eqf_calculator_hessian, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_calculator}, Ptr{eqf_system}, Ptr{eqf_hessian_options}, Ptr{Cdouble}), context, calculator, system, options, hessian)

eqf_calculator_hvp(context, calculator, system, options, n, directions, products) =
    ccall((:eqf_calculator_hvp, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_calculator}, Ptr{eqf_system}, Ptr{eqf_hessian_options}, Int64, Ptr{Cdouble}, Ptr{Cdouble}), context, calculator, system, options, n, directions, products)

eqf_calculator_check_symmetry(context, calculator, system, degrees, count) =
    ccall((:eqf_calculator_check_symmetry, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_calculator}, Ptr{eqf_system}, Ptr{Cint}, Ptr{Int64}), context, calculator, system, degrees, count)

eqf_calculator_set_skin(context, calculator, skin) =
    ccall((:eqf_calculator_set_skin, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_calculator}, Cdouble), context, calculator, skin)

eqf_calculator_searches(calculator) =
    ccall((:eqf_calculator_searches, libequiformer), Int64, (Ptr{eqf_calculator},), calculator)

eqf_calculator_edges(calculator) =
    ccall((:eqf_calculator_edges, libequiformer), Int64, (Ptr{eqf_calculator},), calculator)

eqf_calculator_bytes(calculator) =
    ccall((:eqf_calculator_bytes, libequiformer), Csize_t, (Ptr{eqf_calculator},), calculator)

eqf_calculator_edge_list(calculator, edges) =
    ccall((:eqf_calculator_edge_list, libequiformer), Cvoid, (Ptr{eqf_calculator}, Ptr{eqf_edges}), calculator, edges)

eqf_frames_open(context, path, options, frames) =
    ccall((:eqf_frames_open, libequiformer), eqf_status, (Ptr{eqf_context}, Cstring, Ptr{eqf_frames_options}, Ptr{Ptr{eqf_frames}}), context, path, options, frames)

eqf_frames_open_memory(context, bytes, length, name, options, frames) =
    ccall((:eqf_frames_open_memory, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{Cvoid}, Csize_t, Cstring, Ptr{eqf_frames_options}, Ptr{Ptr{eqf_frames}}), context, bytes, length, name, options, frames)

eqf_frames_next(context, frames, frame) =
    ccall((:eqf_frames_next, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_frames}, Ptr{eqf_structure}), context, frames, frame)

eqf_frames_number(context, frames, key, value) =
    ccall((:eqf_frames_number, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_frames}, Cstring, Ptr{Cdouble}), context, frames, key, value)

eqf_frames_text(frames, key) =
    ccall((:eqf_frames_text, libequiformer), Cstring, (Ptr{eqf_frames}, Cstring), frames, key)

eqf_frames_close(frames) =
    ccall((:eqf_frames_close, libequiformer), Cvoid, (Ptr{eqf_frames},), frames)

eqf_frames_writer_create(context, path, options, writer) =
    ccall((:eqf_frames_writer_create, libequiformer), eqf_status, (Ptr{eqf_context}, Cstring, Ptr{eqf_frames_writer_options}, Ptr{Ptr{eqf_frames_writer}}), context, path, options, writer)

eqf_frames_writer_add(context, writer, frame, n, entries) =
    ccall((:eqf_frames_writer_add, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_frames_writer}, Ptr{eqf_structure}, Cint, Ptr{eqf_frame_entry}), context, writer, frame, n, entries)

eqf_frames_writer_finish(context, writer) =
    ccall((:eqf_frames_writer_finish, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_frames_writer}), context, writer)

eqf_frames_writer_free(writer) =
    ccall((:eqf_frames_writer_free, libequiformer), Cvoid, (Ptr{eqf_frames_writer},), writer)

eqf_element_number(symbol) =
    ccall((:eqf_element_number, libequiformer), Cint, (Cstring,), symbol)

eqf_element_symbol(atomic_number) =
    ccall((:eqf_element_symbol, libequiformer), Cstring, (Cint,), atomic_number)

eqf_element_mass(atomic_number) =
    ccall((:eqf_element_mass, libequiformer), Cdouble, (Cint,), atomic_number)

eqf_dataset_open(context, n, paths, options, dataset) =
    ccall((:eqf_dataset_open, libequiformer), eqf_status, (Ptr{eqf_context}, Cint, Ptr{Ptr{Cchar}}, Ptr{eqf_dataset_options}, Ptr{Ptr{eqf_dataset}}), context, n, paths, options, dataset)

eqf_dataset_create(context, n, structures, options, dataset) =
    ccall((:eqf_dataset_create, libequiformer), eqf_status, (Ptr{eqf_context}, Int64, Ptr{eqf_structure}, Ptr{eqf_dataset_options}, Ptr{Ptr{eqf_dataset}}), context, n, structures, options, dataset)

eqf_dataset_select(context, dataset, n, indices, selection) =
    ccall((:eqf_dataset_select, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_dataset}, Int64, Ptr{Int64}, Ptr{Ptr{eqf_dataset}}), context, dataset, n, indices, selection)

eqf_dataset_select_file(context, dataset, path, selection) =
    ccall((:eqf_dataset_select_file, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_dataset}, Cstring, Ptr{Ptr{eqf_dataset}}), context, dataset, path, selection)

eqf_dataset_retain(dataset) =
    ccall((:eqf_dataset_retain, libequiformer), Ptr{eqf_dataset}, (Ptr{eqf_dataset},), dataset)

eqf_dataset_free(dataset) =
    ccall((:eqf_dataset_free, libequiformer), Cvoid, (Ptr{eqf_dataset},), dataset)

eqf_dataset_samples(dataset) =
    ccall((:eqf_dataset_samples, libequiformer), Int64, (Ptr{eqf_dataset},), dataset)

eqf_dataset_labels(dataset) =
    ccall((:eqf_dataset_labels, libequiformer), Cuint, (Ptr{eqf_dataset},), dataset)

eqf_dataset_energy_unit(dataset) =
    ccall((:eqf_dataset_energy_unit, libequiformer), Cstring, (Ptr{eqf_dataset},), dataset)

eqf_dataset_length_unit(dataset) =
    ccall((:eqf_dataset_length_unit, libequiformer), Cstring, (Ptr{eqf_dataset},), dataset)

eqf_dataset_get(context, dataset, i, sample) =
    ccall((:eqf_dataset_get, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_dataset}, Int64, Ptr{eqf_sample}), context, dataset, i, sample)

eqf_split(context, n, options, indices, counts) =
    ccall((:eqf_split, libequiformer), eqf_status, (Ptr{eqf_context}, Int64, Ptr{eqf_split_options}, Ptr{Int64}, Ptr{Int64}), context, n, options, indices, counts)

eqf_dataset_statistics(context, dataset, statistics) =
    ccall((:eqf_dataset_statistics, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_dataset}, Ptr{eqf_statistics}), context, dataset, statistics)

eqf_dataset_fit_references(context, dataset, references) =
    ccall((:eqf_dataset_fit_references, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_dataset}, Ptr{Cdouble}), context, dataset, references)

eqf_unit_factor(context, from, to, factor) =
    ccall((:eqf_unit_factor, libequiformer), eqf_status, (Ptr{eqf_context}, Cstring, Cstring, Ptr{Cdouble}), context, from, to, factor)

eqf_program_set_distributed(program, distributed) =
    ccall((:eqf_program_set_distributed, libequiformer), Cvoid, (Ptr{eqf_program}, Cint), program, distributed)

eqf_program_distributed(program) =
    ccall((:eqf_program_distributed, libequiformer), Cint, (Ptr{eqf_program},), program)

eqf_with_ghosts(program, rows, x) =
    ccall((:eqf_with_ghosts, libequiformer), eqf_var, (Ptr{eqf_program}, eqf_rows, eqf_var), program, rows, x)

eqf_all_reduce(program, x) =
    ccall((:eqf_all_reduce, libequiformer), eqf_var, (Ptr{eqf_program}, eqf_var), program, x)

eqf_run_set_exchange(run, function_, user) =
    ccall((:eqf_run_set_exchange, libequiformer), Cvoid, (Ptr{eqf_run}, eqf_exchange_function, Ptr{Cvoid}), run, function_, user)

eqf_run_exchanges(run) =
    ccall((:eqf_run_exchanges, libequiformer), Cint, (Ptr{eqf_run},), run)

eqf_run_exchange(context, run, i, exchange) =
    ccall((:eqf_run_exchange, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_run}, Cint, Ptr{eqf_exchange}), context, run, i, exchange)

eqf_run_begin(context, run) =
    ccall((:eqf_run_begin, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_run}), context, run)

eqf_run_step(context, run, exchange) =
    ccall((:eqf_run_step, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_run}, Ptr{eqf_exchange}), context, run, exchange)

eqf_domain_create(context, model, precision, domain) =
    ccall((:eqf_domain_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_model}, eqf_precision, Ptr{Ptr{eqf_domain}}), context, model, precision, domain)

eqf_domain_free(domain) =
    ccall((:eqf_domain_free, libequiformer), Cvoid, (Ptr{eqf_domain},), domain)

eqf_domain_exchanges(context, domain, derivatives, count) =
    ccall((:eqf_domain_exchanges, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_domain}, Cint, Ptr{Cint}), context, domain, derivatives, count)

eqf_domain_exchange(context, domain, derivatives, i, exchange) =
    ccall((:eqf_domain_exchange, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_domain}, Cint, Cint, Ptr{eqf_exchange}), context, domain, derivatives, i, exchange)

eqf_domain_compute(context, domain, local_, shares, exchange, user) =
    ccall((:eqf_domain_compute, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_domain}, Ptr{eqf_local}, Ptr{eqf_shares}, eqf_exchange_function, Ptr{Cvoid}), context, domain, local_, shares, exchange, user)

eqf_domain_begin(context, domain, local_, shares) =
    ccall((:eqf_domain_begin, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_domain}, Ptr{eqf_local}, Ptr{eqf_shares}), context, domain, local_, shares)

eqf_domain_step(context, domain, exchange) =
    ccall((:eqf_domain_step, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_domain}, Ptr{eqf_exchange}), context, domain, exchange)

eqf_domain_end(context, domain) =
    ccall((:eqf_domain_end, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_domain}), context, domain)

eqf_domain_edge_list(domain, edges) =
    ccall((:eqf_domain_edge_list, libequiformer), Cvoid, (Ptr{eqf_domain}, Ptr{eqf_edges}), domain, edges)

eqf_domain_bytes(domain) =
    ccall((:eqf_domain_bytes, libequiformer), Csize_t, (Ptr{eqf_domain},), domain)

eqf_atom_embedding_create(context, kind, types, out, module_) =
    ccall((:eqf_atom_embedding_create, libequiformer), eqf_status, (Ptr{eqf_context}, eqf_embedding_kind, Cint, Ptr{eqf_irreps}, Ptr{Ptr{eqf_module}}), context, kind, types, out, module_)

eqf_edge_degree_create(context, options, module_) =
    ccall((:eqf_edge_degree_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_edge_degree_options}, Ptr{Ptr{eqf_module}}), context, options, module_)

eqf_activation_create(context, activation, irreps, module_) =
    ccall((:eqf_activation_create, libequiformer), eqf_status, (Ptr{eqf_context}, eqf_activation, Ptr{eqf_irreps}, Ptr{Ptr{eqf_module}}), context, activation, irreps, module_)

eqf_gate_create(context, out, module_) =
    ccall((:eqf_gate_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_irreps}, Ptr{Ptr{eqf_module}}), context, out, module_)

eqf_head_create(context, in_, module_) =
    ccall((:eqf_head_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_irreps}, Ptr{Ptr{eqf_module}}), context, in_, module_)

eqf_model_import(context, path, config, model) =
    ccall((:eqf_model_import, libequiformer), eqf_status, (Ptr{eqf_context}, Cstring, Ptr{eqf_config}, Ptr{Ptr{eqf_model}}), context, path, config, model)

eqf_linear_create(context, in_, out, bias, module_) =
    ccall((:eqf_linear_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_irreps}, Ptr{eqf_irreps}, Cint, Ptr{Ptr{eqf_module}}), context, in_, out, bias, module_)

eqf_loss(program, kind, delta, prediction, target, weights) =
    ccall((:eqf_loss, libequiformer), eqf_var, (Ptr{eqf_program}, eqf_loss_kind, Cdouble, eqf_var, eqf_var, eqf_var), program, kind, delta, prediction, target, weights)

eqf_loss_gradients(program, loss, parameters) =
    ccall((:eqf_loss_gradients, libequiformer), Cvoid, (Ptr{eqf_program}, eqf_var, Ptr{eqf_parameters}), program, loss, parameters)

eqf_run_get_gradients(context, run, gradients) =
    ccall((:eqf_run_get_gradients, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_run}, Ptr{eqf_parameters}), context, run, gradients)

eqf_optimizer_create(context, parameters, options, optimizer) =
    ccall((:eqf_optimizer_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_parameters}, Ptr{eqf_optimizer_options}, Ptr{Ptr{eqf_optimizer}}), context, parameters, options, optimizer)

eqf_optimizer_free(optimizer) =
    ccall((:eqf_optimizer_free, libequiformer), Cvoid, (Ptr{eqf_optimizer},), optimizer)

eqf_optimizer_set_group(context, optimizer, pattern, group) =
    ccall((:eqf_optimizer_set_group, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_optimizer}, Cstring, Ptr{eqf_parameter_group}), context, optimizer, pattern, group)

eqf_optimizer_step(context, optimizer, rate, gradients, parameters, norm) =
    ccall((:eqf_optimizer_step, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_optimizer}, Cdouble, Ptr{eqf_parameters}, Ptr{eqf_parameters}, Ptr{Cdouble}), context, optimizer, rate, gradients, parameters, norm)

eqf_optimizer_steps(optimizer) =
    ccall((:eqf_optimizer_steps, libequiformer), Int64, (Ptr{eqf_optimizer},), optimizer)

eqf_optimizer_moment(optimizer, which) =
    ccall((:eqf_optimizer_moment, libequiformer), Ptr{eqf_parameters}, (Ptr{eqf_optimizer}, Cint), optimizer, which)

eqf_optimizer_restore(context, optimizer, steps, moments) =
    ccall((:eqf_optimizer_restore, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_optimizer}, Int64, Ptr{Ptr{eqf_parameters}}), context, optimizer, steps, moments)

eqf_schedule_rate(schedule, epoch, step, steps) =
    ccall((:eqf_schedule_rate, libequiformer), Cdouble, (Ptr{eqf_schedule}, Int64, Int64, Int64), schedule, epoch, step, steps)

eqf_schedule_report(schedule, metric) =
    ccall((:eqf_schedule_report, libequiformer), Cvoid, (Ptr{eqf_schedule}, Cdouble), schedule, metric)

eqf_average_create(context, parameters, decay, average) =
    ccall((:eqf_average_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_parameters}, Cdouble, Ptr{Ptr{eqf_average}}), context, parameters, decay, average)

eqf_average_free(average) =
    ccall((:eqf_average_free, libequiformer), Cvoid, (Ptr{eqf_average},), average)

eqf_average_update(context, average, parameters) =
    ccall((:eqf_average_update, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_average}, Ptr{eqf_parameters}), context, average, parameters)

eqf_average_parameters(average) =
    ccall((:eqf_average_parameters, libequiformer), Ptr{eqf_parameters}, (Ptr{eqf_average},), average)

eqf_spherical_harmonics(context, lmax, normalization, normalize, n, xyz, y) =
    ccall((:eqf_spherical_harmonics, libequiformer), eqf_status, (Ptr{eqf_context}, Cint, eqf_harmonics, Cint, Int64, Ptr{Cdouble}, Ptr{Cdouble}), context, lmax, normalization, normalize, n, xyz, y)

eqf_spherical_harmonics_columns(context, lmax, normalization, normalize, precision, n, xyz, y, gradient) =
    ccall((:eqf_spherical_harmonics_columns, libequiformer), eqf_status, (Ptr{eqf_context}, Cint, eqf_harmonics, Cint, eqf_precision, Int64, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}), context, lmax, normalization, normalize, precision, n, xyz, y, gradient)

eqf_spherical_harmonics_create(context, irreps, normalization, normalize, module_) =
    ccall((:eqf_spherical_harmonics_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_irreps}, eqf_harmonics, Cint, Ptr{Ptr{eqf_module}}), context, irreps, normalization, normalize, module_)

eqf_tensor_product_create(context, in1, in2, out, n, instructions, options, module_) =
    ccall((:eqf_tensor_product_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_irreps}, Ptr{eqf_irreps}, Ptr{eqf_irreps}, Cint, Ptr{eqf_instruction}, Ptr{eqf_tensor_product_options}, Ptr{Ptr{eqf_module}}), context, in1, in2, out, n, instructions, options, module_)

eqf_depthwise_create(context, in_, sh, wanted, options, module_) =
    ccall((:eqf_depthwise_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_irreps}, Ptr{eqf_irreps}, Ptr{eqf_irreps}, Ptr{eqf_tensor_product_options}, Ptr{Ptr{eqf_module}}), context, in_, sh, wanted, options, module_)

eqf_fully_connected_create(context, in1, in2, out, options, module_) =
    ccall((:eqf_fully_connected_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_irreps}, Ptr{eqf_irreps}, Ptr{eqf_irreps}, Ptr{eqf_tensor_product_options}, Ptr{Ptr{eqf_module}}), context, in1, in2, out, options, module_)

eqf_tensor_product_weights(module_) =
    ccall((:eqf_tensor_product_weights, libequiformer), Int64, (Ptr{eqf_module},), module_)

eqf_tensor_product_instructions(module_) =
    ccall((:eqf_tensor_product_instructions, libequiformer), Cint, (Ptr{eqf_module},), module_)

eqf_tensor_product_instruction(context, module_, i, instruction, factor) =
    ccall((:eqf_tensor_product_instruction, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_module}, Cint, Ptr{eqf_instruction}, Ptr{Cdouble}), context, module_, i, instruction, factor)

eqf_recipe_count() =
    ccall((:eqf_recipe_count, libequiformer), Cint, ())

eqf_recipe_name(i) =
    ccall((:eqf_recipe_name, libequiformer), Cstring, (Cint,), i)

eqf_recipe_preset(context, name, recipe) =
    ccall((:eqf_recipe_preset, libequiformer), eqf_status, (Ptr{eqf_context}, Cstring, Ptr{Ptr{eqf_recipe}}), context, name, recipe)

eqf_recipe_dataset_options(recipe, options) =
    ccall((:eqf_recipe_dataset_options, libequiformer), Cvoid, (Ptr{eqf_recipe}, Ptr{eqf_dataset_options}), recipe, options)

eqf_recipe_parse(context, json, recipe) =
    ccall((:eqf_recipe_parse, libequiformer), eqf_status, (Ptr{eqf_context}, Cstring, Ptr{Ptr{eqf_recipe}}), context, json, recipe)

eqf_recipe_set(context, recipe, key, value) =
    ccall((:eqf_recipe_set, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_recipe}, Cstring, Cstring), context, recipe, key, value)

eqf_recipe_format(context, recipe, json) =
    ccall((:eqf_recipe_format, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_recipe}, Ptr{Ptr{Cchar}}), context, recipe, json)

eqf_recipe_free(recipe) =
    ccall((:eqf_recipe_free, libequiformer), Cvoid, (Ptr{eqf_recipe},), recipe)

eqf_trainer_create(context, recipe, model, train, valid, options, trainer) =
    ccall((:eqf_trainer_create, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_recipe}, Ptr{eqf_model}, Ptr{eqf_dataset}, Ptr{eqf_dataset}, Ptr{eqf_trainer_options}, Ptr{Ptr{eqf_trainer}}), context, recipe, model, train, valid, options, trainer)

eqf_trainer_free(trainer) =
    ccall((:eqf_trainer_free, libequiformer), Cvoid, (Ptr{eqf_trainer},), trainer)

eqf_trainer_step(context, trainer, progress) =
    ccall((:eqf_trainer_step, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_trainer}, Ptr{eqf_train_progress}), context, trainer, progress)

eqf_trainer_stop(trainer) =
    ccall((:eqf_trainer_stop, libequiformer), Cvoid, (Ptr{eqf_trainer},), trainer)

eqf_trainer_save(context, trainer) =
    ccall((:eqf_trainer_save, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_trainer}), context, trainer)

eqf_trainer_model(context, trainer, weights, model) =
    ccall((:eqf_trainer_model, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_trainer}, eqf_trainer_weights, Ptr{Ptr{eqf_model}}), context, trainer, weights, model)

eqf_trainer_bytes(trainer) =
    ccall((:eqf_trainer_bytes, libequiformer), Csize_t, (Ptr{eqf_trainer},), trainer)

eqf_evaluate(context, model, precision, dataset, function_, user, metrics) =
    ccall((:eqf_evaluate, libequiformer), eqf_status, (Ptr{eqf_context}, Ptr{eqf_model}, eqf_precision, Ptr{eqf_dataset}, eqf_evaluate_function, Ptr{Cvoid}, Ptr{eqf_metrics}), context, model, precision, dataset, function_, user, metrics)

eqf_version() =
    ccall((:eqf_version, libequiformer), Cint, ())

eqf_version_string() =
    ccall((:eqf_version_string, libequiformer), Cstring, ())
