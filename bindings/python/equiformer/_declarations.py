"""What the public headers declare. Written by bindings/generate.py: do not edit. SPDX-License-Identifier: MIT"""

# fmt: off
# pylint: skip-file
from ctypes import CFUNCTYPE, POINTER as P, Structure
from ctypes import c_char_p, c_double, c_float, c_int, c_int32, c_int64, c_size_t, c_uint, c_uint64, c_void_p  # noqa: F401

from ._record import Record

EQF_LMAX = 11
EQF_PARAMETER_NDIM = 4
EQF_ORDER_MAX = 8
EQF_QUANTITIES = 5
EQF_VERSION_MAJOR = 0
EQF_VERSION_MINOR = 1
EQF_VERSION_PATCH = 0
EQF_VERSION_STRING = '0.1.0'

eqf_status = c_int
EQF_OK = 0
EQF_ERROR_ARGUMENT = 1
EQF_ERROR_MEMORY = 2
EQF_ERROR_IO = 3
EQF_ERROR_PARSE = 4
EQF_ERROR_FORMAT = 5
EQF_ERROR_SHAPE = 6
EQF_ERROR_NOT_FOUND = 7
EQF_ERROR_RANGE = 8
EQF_ERROR_NOT_FINITE = 9
EQF_ERROR_UNSUPPORTED = 10
EQF_ERROR_STATE = 11
EQF_ERROR_CALLBACK = 12
EQF_END = 13

eqf_precision = c_int
EQF_FLOAT32 = 0
EQF_FLOAT64 = 1

eqf_log_level = c_int
EQF_LOG_INFO = 0
EQF_LOG_WARNING = 1

eqf_matmul = c_int
EQF_MATMUL_FLOAT32 = 0
EQF_MATMUL_BFLOAT16 = 1

eqf_irreps_order = c_int
EQF_ORDER_E3NN = 0
EQF_ORDER_EVEN_FIRST = 1

eqf_parameter_flags = c_int
EQF_PARAMETER_TRAINABLE = 1
EQF_PARAMETER_DECAY = 2

eqf_grouping = c_int
EQF_PER_ROW = 0
EQF_PER_BLOCK = 1
EQF_PER_CHANNEL = 2
EQF_PER_HEAD = 3

eqf_function = c_int
EQF_SILU = 0
EQF_SIGMOID = 1
EQF_TANH = 2
EQF_EXP = 3
EQF_SIN = 4
EQF_COS = 5
EQF_ABS = 6

eqf_norm_kind = c_int
EQF_NORM_LAYER = 0
EQF_NORM_GRAPH = 1
EQF_NORM_INSTANCE = 2
EQF_NORM_FAST_LAYER = 3

eqf_cg_convention = c_int
EQF_CG_E3NN_05 = 0
EQF_CG_E3NN_04 = 1

eqf_head_split = c_int
EQF_HEAD_SPLIT_PUBLISHED = 0
EQF_HEAD_SPLIT_EQUIVARIANT = 1

eqf_attention_kind = c_int
EQF_ATTENTION_GRAPH = 0
EQF_ATTENTION_DOT_PRODUCT = 1

eqf_radial_kind = c_int
EQF_RADIAL_GAUSSIAN = 0
EQF_RADIAL_EXP = 1
EQF_RADIAL_BESSEL = 2

eqf_label = c_int
EQF_LABEL_ENERGY = 1
EQF_LABEL_FORCES = 2
EQF_LABEL_STRESS = 4
EQF_LABEL_RELAXED = 8

eqf_exchange_kind = c_int
EQF_EXCHANGE_FORWARD = 0
EQF_EXCHANGE_REVERSE = 1
EQF_EXCHANGE_SUM = 2

eqf_embedding_kind = c_int
EQF_EMBED_TYPE = 0
EQF_EMBED_TAG = 1

eqf_activation = c_int
EQF_ACTIVATION_SILU = 0
EQF_ACTIVATION_SIGMOID = 1
EQF_ACTIVATION_TANH = 2
EQF_ACTIVATION_SMOOTH_LEAKY_RELU = 3

eqf_loss_kind = c_int
EQF_LOSS_L1 = 0
EQF_LOSS_L2 = 1
EQF_LOSS_L2MAE = 2
EQF_LOSS_HUBER = 3

eqf_quantity = c_int
EQF_QUANTITY_ENERGY = 0
EQF_QUANTITY_ENERGY_PER_ATOM = 1
EQF_QUANTITY_FORCES = 2
EQF_QUANTITY_STRESS = 3
EQF_QUANTITY_DISPLACEMENT = 4

eqf_optimizer_kind = c_int
EQF_OPTIMIZER_ADAMW = 0
EQF_OPTIMIZER_ADAM = 1
EQF_OPTIMIZER_SGD = 2

eqf_schedule_kind = c_int
EQF_SCHEDULE_CONSTANT = 0
EQF_SCHEDULE_COSINE_EPOCH = 1
EQF_SCHEDULE_COSINE_STEP = 2
EQF_SCHEDULE_STEP = 3
EQF_SCHEDULE_PLATEAU = 4

eqf_harmonics = c_int
EQF_HARMONICS_COMPONENT = 0
EQF_HARMONICS_NORM = 1
EQF_HARMONICS_INTEGRAL = 2

eqf_tp_mode = c_int
EQF_UVW = 0
EQF_UVU = 1
EQF_UVV = 2
EQF_UUW = 3
EQF_UUU = 4
EQF_UVUV = 5

eqf_irrep_normalization = c_int
EQF_IRREP_COMPONENT = 0
EQF_IRREP_NORM = 1

eqf_path_normalization = c_int
EQF_PATH_NONE = 0
EQF_PATH_ELEMENT = 1
EQF_PATH_PATH = 2

eqf_tp_weights = c_int
EQF_WEIGHTS_INPUT = 0
EQF_WEIGHTS_INTERNAL = 1

eqf_train_event = c_int
EQF_TRAIN_STEP = 0
EQF_TRAIN_EPOCH = 1
EQF_TRAIN_STOP = 2

eqf_trainer_weights = c_int
EQF_TRAINER_LAST = 0
EQF_TRAINER_AVERAGE = 1
EQF_TRAINER_BEST = 2


class eqf_context(Structure):
    pass


class eqf_irreps(Structure):
    pass


class eqf_parameters(Structure):
    pass


class eqf_program(Structure):
    pass


class eqf_run(Structure):
    pass


class eqf_tensor(Structure):
    pass


class eqf_module(Structure):
    pass


class eqf_model(Structure):
    pass


class eqf_config(Structure):
    pass


class eqf_neighbors(Structure):
    pass


class eqf_calculator(Structure):
    pass


class eqf_frames(Structure):
    pass


class eqf_frames_writer(Structure):
    pass


class eqf_dataset(Structure):
    pass


class eqf_domain(Structure):
    pass


class eqf_optimizer(Structure):
    pass


class eqf_average(Structure):
    pass


class eqf_recipe(Structure):
    pass


class eqf_trainer(Structure):
    pass


eqf_allocator_resize = CFUNCTYPE(c_void_p, c_void_p, c_void_p, c_size_t)


class eqf_allocator(Record):
    _fields_ = [
        ("resize", eqf_allocator_resize),
        ("user", c_void_p),
    ]


eqf_parallel_body = CFUNCTYPE(None, c_void_p, c_int64)


eqf_parallel_for = CFUNCTYPE(None, c_void_p, c_int64, eqf_parallel_body, c_void_p)


eqf_log_function = CFUNCTYPE(None, c_void_p, eqf_log_level, c_char_p)


class eqf_context_options(Record):
    _fields_ = [
        ("size", c_size_t),
        ("allocator", eqf_allocator),
        ("threads", c_int),
        ("parallel_for", eqf_parallel_for),
        ("parallel_user", c_void_p),
        ("log", eqf_log_function),
        ("log_user", c_void_p),
    ]
    _defaults_ = {"threads": 1}


class eqf_irrep(Record):
    _fields_ = [
        ("l", c_int),
        ("p", c_int),
    ]


class eqf_irreps_block(Record):
    _fields_ = [
        ("mul", c_int),
        ("irrep", eqf_irrep),
        ("offset", c_int),
    ]


class eqf_parameter_info(Record):
    _fields_ = [
        ("name", c_char_p),
        ("ndim", c_int),
        ("shape", c_int64 * 4),
        ("count", c_int64),
        ("flags", c_uint),
    ]


class eqf_var(Record):
    _fields_ = [
        ("id", c_int32),
    ]


class eqf_rows(Record):
    _fields_ = [
        ("id", c_int32),
    ]


class eqf_map(Record):
    _fields_ = [
        ("id", c_int32),
    ]


class eqf_graph(Record):
    _fields_ = [
        ("edge_src", eqf_map),
        ("edge_dst", eqf_map),
        ("edge_pair", eqf_map),
        ("atom_graph", eqf_map),
        ("atom_type", eqf_map),
        ("atom_tag", eqf_map),
        ("sender_type", eqf_map),
        ("edge_frame", eqf_var),
        ("edge_weight", eqf_var),
    ]


class eqf_graph_data(Record):
    _fields_ = [
        ("size", c_size_t),
        ("atoms", c_int64),
        ("edges", c_int64),
        ("graphs", c_int64),
        ("edge_src", P(c_int32)),
        ("edge_dst", P(c_int32)),
        ("atom_graph", P(c_int32)),
        ("atom_type", P(c_int32)),
        ("atom_tag", P(c_int32)),
    ]


class eqf_attention_options(Record):
    _fields_ = [
        ("size", c_size_t),
        ("irreps_in", P(eqf_irreps)),
        ("irreps_sh", P(eqf_irreps)),
        ("irreps_out", P(eqf_irreps)),
        ("irreps_head", P(eqf_irreps)),
        ("irreps_pre_attn", P(eqf_irreps)),
        ("num_heads", c_int),
        ("n_radial", c_int),
        ("radial_layers", P(c_int)),
        ("convention", eqf_cg_convention),
        ("linear_message", c_int),
        ("rescale_degree", c_int),
        ("average_degree", c_double),
        ("head_split", eqf_head_split),
        ("alpha_drop", c_double),
        ("proj_drop", c_double),
    ]
    _defaults_ = {"num_heads": 1, "average_degree": 15.57930850982666}


class eqf_block_options(Record):
    _fields_ = [
        ("size", c_size_t),
        ("kind", eqf_attention_kind),
        ("attention", P(eqf_attention_options)),
        ("irreps_mlp_mid", P(eqf_irreps)),
        ("irreps_node_attr", P(eqf_irreps)),
        ("irreps_out", P(eqf_irreps)),
        ("norm", eqf_norm_kind),
        ("drop_path", c_double),
    ]


class eqf_model_outputs(Record):
    _fields_ = [
        ("atom_energy", eqf_var),
        ("energy", eqf_var),
        ("auxiliary", eqf_var),
    ]


class eqf_edges(Record):
    _fields_ = [
        ("count", c_int64),
        ("src", P(c_int32)),
        ("dst", P(c_int32)),
        ("shift", P(c_int32)),
        ("vector", P(c_double)),
        ("coincident", c_int64),
    ]


class eqf_system(Record):
    _fields_ = [
        ("size", c_size_t),
        ("natoms", c_int64),
        ("atomic_numbers", P(c_int)),
        ("positions", P(c_double)),
        ("graphs", c_int64),
        ("graph", P(c_int32)),
        ("cell", P(c_double)),
        ("pbc", P(c_int)),
        ("tags", P(c_int)),
    ]
    _defaults_ = {"graphs": 1}


class eqf_results(Record):
    _fields_ = [
        ("size", c_size_t),
        ("energy", P(c_double)),
        ("atom_energy", P(c_double)),
        ("forces", P(c_double)),
        ("stress", P(c_double)),
        ("virial", P(c_double)),
        ("atom_virial", P(c_double)),
        ("edge_gradient", P(P(c_double))),
        ("auxiliary", P(c_double)),
    ]


class eqf_hessian_options(Record):
    _fields_ = [
        ("size", c_size_t),
        ("memory", c_size_t),
    ]


class eqf_structure(Record):
    _fields_ = [
        ("size", c_size_t),
        ("natoms", c_int64),
        ("atomic_numbers", P(c_int)),
        ("positions", P(c_double)),
        ("cell", c_double * 9),
        ("pbc", c_int * 3),
        ("has_energy", c_int),
        ("energy", c_double),
        ("forces", P(c_double)),
        ("tags", P(c_int)),
        ("has_stress", c_int),
        ("stress", c_double * 9),
    ]


class eqf_frames_options(Record):
    _fields_ = [
        ("size", c_size_t),
        ("energy_key", c_char_p),
        ("forces_key", c_char_p),
        ("stress_key", c_char_p),
    ]


class eqf_frames_writer_options(Record):
    _fields_ = [
        ("size", c_size_t),
        ("append", c_int),
        ("deflate", c_int),
    ]


class eqf_frame_entry(Record):
    _fields_ = [
        ("key", c_char_p),
        ("text", c_char_p),
        ("number", c_double),
    ]


class eqf_dataset_options(Record):
    _fields_ = [
        ("size", c_size_t),
        ("energy_key", c_char_p),
        ("forces_key", c_char_p),
        ("stress_key", c_char_p),
        ("labels", c_uint),
        ("energy_unit", c_char_p),
        ("length_unit", c_char_p),
        ("stress_unit", c_char_p),
        ("to_energy_unit", c_char_p),
        ("to_length_unit", c_char_p),
        ("relaxations", c_int),
        ("force_max", c_double),
        ("distance_min", c_double),
        ("memory", c_size_t),
    ]


class eqf_sample(Record):
    _fields_ = [
        ("size", c_size_t),
        ("structure", P(eqf_structure)),
        ("relaxed", P(c_double)),
        ("source", c_char_p),
        ("frame", c_int64),
    ]


class eqf_split_options(Record):
    _fields_ = [
        ("size", c_size_t),
        ("train", c_double),
        ("valid", c_double),
        ("test", c_double),
        ("shuffle", c_int),
        ("seed", c_uint64),
    ]
    _defaults_ = {"shuffle": 1}


class eqf_statistics(Record):
    _fields_ = [
        ("size", c_size_t),
        ("samples", c_int64),
        ("atoms", c_int64),
        ("atoms_max", c_int64),
        ("labels", c_uint),
        ("elements", c_int64 * 119),
        ("energy_mean", c_double),
        ("energy_deviation", c_double),
        ("energy_min", c_double),
        ("energy_max", c_double),
        ("energy_per_atom_mean", c_double),
        ("energy_per_atom_deviation", c_double),
        ("force_rms", c_double),
        ("force_max", c_double),
        ("stress_rms", c_double),
        ("distance_min", c_double),
    ]


class eqf_exchange(Record):
    _fields_ = [
        ("kind", eqf_exchange_kind),
        ("precision", eqf_precision),
        ("width", c_int),
        ("own", c_int64),
        ("rows", c_int64),
        ("values", c_void_p),
    ]


eqf_exchange_function = CFUNCTYPE(c_int, c_void_p, P(eqf_exchange))


class eqf_local(Record):
    _fields_ = [
        ("size", c_size_t),
        ("nlocal", c_int64),
        ("nghost", c_int64),
        ("atomic_numbers", P(c_int)),
        ("positions", P(c_double)),
        ("tags", P(c_int)),
        ("nedges", c_int64),
        ("src", P(c_int32)),
        ("dst", P(c_int32)),
        ("vectors", P(c_double)),
    ]
    _defaults_ = {"nedges": -1}


class eqf_shares(Record):
    _fields_ = [
        ("size", c_size_t),
        ("energy", P(c_double)),
        ("atom_energy", P(c_double)),
        ("forces", P(c_double)),
        ("virial", P(c_double)),
        ("atom_virial", P(c_double)),
        ("flux_virial", P(c_double)),
        ("edge_gradient", P(c_double)),
    ]


class eqf_edge_degree_options(Record):
    _fields_ = [
        ("size", c_size_t),
        ("irreps_out", P(eqf_irreps)),
        ("irreps_sh", P(eqf_irreps)),
        ("n_radial", c_int),
        ("radial_layers", P(c_int)),
        ("average_degree", c_double),
        ("convention", eqf_cg_convention),
    ]
    _defaults_ = {"average_degree": 15.57930850982666}


class eqf_loss_term(Record):
    _fields_ = [
        ("size", c_size_t),
        ("quantity", eqf_quantity),
        ("kind", eqf_loss_kind),
        ("weight", c_double),
        ("weight_final", c_double),
        ("delta", c_double),
    ]
    _defaults_ = {"weight": 1, "weight_final": float("nan"), "delta": 1}


class eqf_optimizer_options(Record):
    _fields_ = [
        ("size", c_size_t),
        ("kind", eqf_optimizer_kind),
        ("beta1", c_double),
        ("beta2", c_double),
        ("epsilon", c_double),
        ("momentum", c_double),
        ("weight_decay", c_double),
        ("clip_norm", c_double),
    ]
    _defaults_ = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-08}


class eqf_parameter_group(Record):
    _fields_ = [
        ("size", c_size_t),
        ("rate", c_double),
        ("weight_decay", c_double),
    ]
    _defaults_ = {"rate": 1, "weight_decay": float("nan")}


class eqf_schedule(Record):
    _fields_ = [
        ("size", c_size_t),
        ("kind", eqf_schedule_kind),
        ("rate", c_double),
        ("start", c_double),
        ("floor", c_double),
        ("warmup", c_double),
        ("total", c_double),
        ("period", c_double),
        ("factor", c_double),
        ("best", c_double),
        ("reduced", c_double),
        ("since", c_int64),
    ]
    _defaults_ = {"rate": 0.001, "start": 1e-06, "floor": 1e-06, "total": 1, "period": 1, "factor": 0.1, "best": float("inf"), "reduced": 1}


class eqf_instruction(Record):
    _fields_ = [
        ("in1", c_int),
        ("in2", c_int),
        ("out", c_int),
        ("mode", eqf_tp_mode),
        ("has_weight", c_int),
    ]


class eqf_tensor_product_options(Record):
    _fields_ = [
        ("size", c_size_t),
        ("irrep_normalization", eqf_irrep_normalization),
        ("path_normalization", eqf_path_normalization),
        ("weights", eqf_tp_weights),
        ("convention", eqf_cg_convention),
    ]


eqf_reducer_sum = CFUNCTYPE(c_int, c_void_p, c_size_t, P(c_double))


class eqf_reducer(Record):
    _fields_ = [
        ("sum", eqf_reducer_sum),
        ("user", c_void_p),
        ("rank", c_int),
        ("ranks", c_int),
    ]


class eqf_trainer_options(Record):
    _fields_ = [
        ("size", c_size_t),
        ("directory", c_char_p),
        ("resume", c_int),
        ("precision", eqf_precision),
        ("reducer", eqf_reducer),
    ]
    _defaults_ = {"reducer": {'ranks': 1}}


class eqf_metrics(Record):
    _fields_ = [
        ("size", c_size_t),
        ("samples", c_int64),
        ("atoms", c_int64),
        ("energy_mae", c_double),
        ("energy_rmse", c_double),
        ("energy_mae_per_atom", c_double),
        ("force_mae", c_double),
        ("force_rmse", c_double),
        ("force_cosine", c_double),
        ("stress_mae", c_double),
        ("displacement_mae", c_double),
    ]


class eqf_train_progress(Record):
    _fields_ = [
        ("size", c_size_t),
        ("event", eqf_train_event),
        ("epoch", c_int64),
        ("epochs", c_int64),
        ("step", c_int64),
        ("steps", c_int64),
        ("rate", c_double),
        ("loss", c_double),
        ("gradient_norm", c_double),
        ("train_loss", c_double),
        ("train_terms", c_double * 5),
        ("seconds", c_double),
        ("epoch_ended", c_int),
        ("valid", P(eqf_metrics)),
        ("is_best", c_int),
        ("reason", c_char_p),
    ]


eqf_evaluate_function = CFUNCTYPE(c_int, c_void_p, c_int64, P(eqf_sample), c_double, P(c_double))


ENUMS = {
    "eqf_status": {"EQF_OK": 0, "EQF_ERROR_ARGUMENT": 1, "EQF_ERROR_MEMORY": 2, "EQF_ERROR_IO": 3, "EQF_ERROR_PARSE": 4, "EQF_ERROR_FORMAT": 5, "EQF_ERROR_SHAPE": 6, "EQF_ERROR_NOT_FOUND": 7, "EQF_ERROR_RANGE": 8, "EQF_ERROR_NOT_FINITE": 9, "EQF_ERROR_UNSUPPORTED": 10, "EQF_ERROR_STATE": 11, "EQF_ERROR_CALLBACK": 12, "EQF_END": 13},
    "eqf_precision": {"EQF_FLOAT32": 0, "EQF_FLOAT64": 1},
    "eqf_log_level": {"EQF_LOG_INFO": 0, "EQF_LOG_WARNING": 1},
    "eqf_matmul": {"EQF_MATMUL_FLOAT32": 0, "EQF_MATMUL_BFLOAT16": 1},
    "eqf_irreps_order": {"EQF_ORDER_E3NN": 0, "EQF_ORDER_EVEN_FIRST": 1},
    "eqf_parameter_flags": {"EQF_PARAMETER_TRAINABLE": 1, "EQF_PARAMETER_DECAY": 2},
    "eqf_grouping": {"EQF_PER_ROW": 0, "EQF_PER_BLOCK": 1, "EQF_PER_CHANNEL": 2, "EQF_PER_HEAD": 3},
    "eqf_function": {"EQF_SILU": 0, "EQF_SIGMOID": 1, "EQF_TANH": 2, "EQF_EXP": 3, "EQF_SIN": 4, "EQF_COS": 5, "EQF_ABS": 6},
    "eqf_norm_kind": {"EQF_NORM_LAYER": 0, "EQF_NORM_GRAPH": 1, "EQF_NORM_INSTANCE": 2, "EQF_NORM_FAST_LAYER": 3},
    "eqf_cg_convention": {"EQF_CG_E3NN_05": 0, "EQF_CG_E3NN_04": 1},
    "eqf_head_split": {"EQF_HEAD_SPLIT_PUBLISHED": 0, "EQF_HEAD_SPLIT_EQUIVARIANT": 1},
    "eqf_attention_kind": {"EQF_ATTENTION_GRAPH": 0, "EQF_ATTENTION_DOT_PRODUCT": 1},
    "eqf_radial_kind": {"EQF_RADIAL_GAUSSIAN": 0, "EQF_RADIAL_EXP": 1, "EQF_RADIAL_BESSEL": 2},
    "eqf_label": {"EQF_LABEL_ENERGY": 1, "EQF_LABEL_FORCES": 2, "EQF_LABEL_STRESS": 4, "EQF_LABEL_RELAXED": 8},
    "eqf_exchange_kind": {"EQF_EXCHANGE_FORWARD": 0, "EQF_EXCHANGE_REVERSE": 1, "EQF_EXCHANGE_SUM": 2},
    "eqf_embedding_kind": {"EQF_EMBED_TYPE": 0, "EQF_EMBED_TAG": 1},
    "eqf_activation": {"EQF_ACTIVATION_SILU": 0, "EQF_ACTIVATION_SIGMOID": 1, "EQF_ACTIVATION_TANH": 2, "EQF_ACTIVATION_SMOOTH_LEAKY_RELU": 3},
    "eqf_loss_kind": {"EQF_LOSS_L1": 0, "EQF_LOSS_L2": 1, "EQF_LOSS_L2MAE": 2, "EQF_LOSS_HUBER": 3},
    "eqf_quantity": {"EQF_QUANTITY_ENERGY": 0, "EQF_QUANTITY_ENERGY_PER_ATOM": 1, "EQF_QUANTITY_FORCES": 2, "EQF_QUANTITY_STRESS": 3, "EQF_QUANTITY_DISPLACEMENT": 4},
    "eqf_optimizer_kind": {"EQF_OPTIMIZER_ADAMW": 0, "EQF_OPTIMIZER_ADAM": 1, "EQF_OPTIMIZER_SGD": 2},
    "eqf_schedule_kind": {"EQF_SCHEDULE_CONSTANT": 0, "EQF_SCHEDULE_COSINE_EPOCH": 1, "EQF_SCHEDULE_COSINE_STEP": 2, "EQF_SCHEDULE_STEP": 3, "EQF_SCHEDULE_PLATEAU": 4},
    "eqf_harmonics": {"EQF_HARMONICS_COMPONENT": 0, "EQF_HARMONICS_NORM": 1, "EQF_HARMONICS_INTEGRAL": 2},
    "eqf_tp_mode": {"EQF_UVW": 0, "EQF_UVU": 1, "EQF_UVV": 2, "EQF_UUW": 3, "EQF_UUU": 4, "EQF_UVUV": 5},
    "eqf_irrep_normalization": {"EQF_IRREP_COMPONENT": 0, "EQF_IRREP_NORM": 1},
    "eqf_path_normalization": {"EQF_PATH_NONE": 0, "EQF_PATH_ELEMENT": 1, "EQF_PATH_PATH": 2},
    "eqf_tp_weights": {"EQF_WEIGHTS_INPUT": 0, "EQF_WEIGHTS_INTERNAL": 1},
    "eqf_train_event": {"EQF_TRAIN_STEP": 0, "EQF_TRAIN_EPOCH": 1, "EQF_TRAIN_STOP": 2},
    "eqf_trainer_weights": {"EQF_TRAINER_LAST": 0, "EQF_TRAINER_AVERAGE": 1, "EQF_TRAINER_BEST": 2},
}


FUNCTIONS = {
    "eqf_status_string": (c_char_p, [eqf_status]),
    "eqf_context_create": (eqf_status, [P(eqf_context_options), P(P(eqf_context))]),
    "eqf_context_free": (None, [P(eqf_context)]),
    "eqf_context_message": (c_char_p, [P(eqf_context)]),
    "eqf_context_threads": (c_int, [P(eqf_context)]),
    "eqf_context_isa": (c_char_p, [P(eqf_context)]),
    "eqf_context_set_matmul": (eqf_status, [P(eqf_context), eqf_matmul]),
    "eqf_context_matmul": (eqf_matmul, [P(eqf_context)]),
    "eqf_irreps_parse": (eqf_status, [P(eqf_context), c_char_p, P(P(eqf_irreps))]),
    "eqf_irreps_create": (eqf_status, [P(eqf_context), c_int, P(eqf_irreps_block), P(P(eqf_irreps))]),
    "eqf_irreps_spherical_harmonics": (eqf_status, [P(eqf_context), c_int, c_int, P(P(eqf_irreps))]),
    "eqf_irreps_retain": (P(eqf_irreps), [P(eqf_irreps)]),
    "eqf_irreps_free": (None, [P(eqf_irreps)]),
    "eqf_irreps_format": (None, [P(eqf_irreps), c_char_p, c_size_t, P(c_size_t)]),
    "eqf_irreps_blocks": (c_int, [P(eqf_irreps)]),
    "eqf_irreps_block_at": (P(eqf_irreps_block), [P(eqf_irreps), c_int]),
    "eqf_irreps_dim": (c_int, [P(eqf_irreps)]),
    "eqf_irreps_channels": (c_int, [P(eqf_irreps)]),
    "eqf_irreps_lmax": (c_int, [P(eqf_irreps)]),
    "eqf_irreps_channels_of": (c_int, [P(eqf_irreps), eqf_irrep]),
    "eqf_irreps_equal": (c_int, [P(eqf_irreps), P(eqf_irreps)]),
    "eqf_irreps_simplify": (eqf_status, [P(eqf_context), P(eqf_irreps), P(P(eqf_irreps))]),
    "eqf_irreps_sort": (eqf_status, [P(eqf_context), P(eqf_irreps), eqf_irreps_order, P(P(eqf_irreps)), P(c_int), P(c_int)]),
    "eqf_irreps_concat": (eqf_status, [P(eqf_context), P(eqf_irreps), P(eqf_irreps), P(P(eqf_irreps))]),
    "eqf_irreps_repeat": (eqf_status, [P(eqf_context), P(eqf_irreps), c_int, P(P(eqf_irreps))]),
    "eqf_irrep_product": (c_int, [eqf_irrep, eqf_irrep, c_int, P(eqf_irrep)]),
    "eqf_parameters_create": (eqf_status, [P(eqf_context), eqf_precision, P(P(eqf_parameters))]),
    "eqf_parameters_retain": (P(eqf_parameters), [P(eqf_parameters)]),
    "eqf_parameters_free": (None, [P(eqf_parameters)]),
    "eqf_parameters_copy": (eqf_status, [P(eqf_context), P(eqf_parameters), eqf_precision, P(P(eqf_parameters))]),
    "eqf_parameters_add": (eqf_status, [P(eqf_context), P(eqf_parameters), P(eqf_parameter_info)]),
    "eqf_parameters_precision": (eqf_precision, [P(eqf_parameters)]),
    "eqf_parameters_arrays": (c_int, [P(eqf_parameters)]),
    "eqf_parameters_elements": (c_int64, [P(eqf_parameters)]),
    "eqf_parameters_find": (c_int, [P(eqf_parameters), c_char_p]),
    "eqf_parameters_info": (eqf_status, [P(eqf_context), P(eqf_parameters), c_int, P(eqf_parameter_info)]),
    "eqf_parameters_get": (eqf_status, [P(eqf_context), P(eqf_parameters), c_int, P(c_double)]),
    "eqf_parameters_set": (eqf_status, [P(eqf_context), P(eqf_parameters), c_int, P(c_double)]),
    "eqf_program_create": (eqf_status, [P(eqf_context), P(P(eqf_program))]),
    "eqf_program_retain": (P(eqf_program), [P(eqf_program)]),
    "eqf_program_free": (None, [P(eqf_program)]),
    "eqf_program_end": (eqf_status, [P(eqf_context), P(eqf_program)]),
    "eqf_program_rows": (eqf_rows, [P(eqf_program), c_char_p]),
    "eqf_program_map": (eqf_map, [P(eqf_program), c_char_p, eqf_rows, eqf_rows]),
    "eqf_rows_one": (eqf_rows, []),
    "eqf_input": (eqf_var, [P(eqf_program), c_char_p, eqf_rows, P(eqf_irreps)]),
    "eqf_input_double": (eqf_var, [P(eqf_program), c_char_p, eqf_rows, P(eqf_irreps)]),
    "eqf_to_double": (eqf_var, [P(eqf_program), eqf_var]),
    "eqf_from_double": (eqf_var, [P(eqf_program), eqf_var]),
    "eqf_parameter": (eqf_var, [P(eqf_program), c_char_p, eqf_rows, c_int64]),
    "eqf_program_parameter": (eqf_var, [P(eqf_program), c_char_p]),
    "eqf_parameter_double": (eqf_var, [P(eqf_program), c_char_p, eqf_rows, c_int64]),
    "eqf_constant": (eqf_var, [P(eqf_program), P(eqf_irreps), P(c_double)]),
    "eqf_combine": (eqf_var, [P(eqf_program), c_double, eqf_var, c_double, eqf_var]),
    "eqf_add": (eqf_var, [P(eqf_program), eqf_var, eqf_var]),
    "eqf_multiply": (eqf_var, [P(eqf_program), c_double, eqf_var]),
    "eqf_broadcast": (eqf_var, [P(eqf_program), eqf_rows, eqf_var]),
    "eqf_sum_rows": (eqf_var, [P(eqf_program), eqf_var]),
    "eqf_scale": (eqf_var, [P(eqf_program), eqf_var, eqf_var, eqf_grouping, c_int]),
    "eqf_dot": (eqf_var, [P(eqf_program), eqf_var, eqf_var, eqf_grouping, c_int]),
    "eqf_apply": (eqf_var, [P(eqf_program), eqf_function, eqf_var]),
    "eqf_power": (eqf_var, [P(eqf_program), eqf_var, c_double, c_double]),
    "eqf_channels": (eqf_var, [P(eqf_program), eqf_var, c_int, c_int, c_int]),
    "eqf_concat": (eqf_var, [P(eqf_program), eqf_var, eqf_var]),
    "eqf_gather": (eqf_var, [P(eqf_program), eqf_map, eqf_var]),
    "eqf_segment_sum": (eqf_var, [P(eqf_program), eqf_map, eqf_var]),
    "eqf_segment_softmax": (eqf_var, [P(eqf_program), eqf_map, eqf_var, eqf_var]),
    "eqf_solid_harmonics": (eqf_var, [P(eqf_program), eqf_var, P(eqf_irreps)]),
    "eqf_edge_frames": (eqf_var, [P(eqf_program), eqf_var, c_int]),
    "eqf_dropout_mask": (eqf_var, [P(eqf_program), c_char_p, eqf_rows, c_int, c_double]),
    "eqf_program_set_training": (None, [P(eqf_program), c_int]),
    "eqf_program_training": (c_int, [P(eqf_program)]),
    "eqf_program_set_paired": (None, [P(eqf_program), c_int]),
    "eqf_program_set_flops_per_byte": (None, [P(eqf_program), c_double]),
    "eqf_grad": (None, [P(eqf_program), c_int, P(eqf_var), P(eqf_var), c_int, P(eqf_var), P(eqf_var)]),
    "eqf_output": (None, [P(eqf_program), c_char_p, eqf_var]),
    "eqf_var_rows": (eqf_rows, [P(eqf_program), eqf_var]),
    "eqf_var_irreps": (P(eqf_irreps), [P(eqf_program), eqf_var]),
    "eqf_program_fail": (None, [P(eqf_program), eqf_status, c_char_p]),
    "eqf_program_operations": (c_int, [P(eqf_program)]),
    "eqf_run_create": (eqf_status, [P(eqf_context), P(eqf_program), P(eqf_parameters), eqf_precision, P(P(eqf_run))]),
    "eqf_run_free": (None, [P(eqf_run)]),
    "eqf_run_set_parameters": (eqf_status, [P(eqf_context), P(eqf_run), P(eqf_parameters)]),
    "eqf_run_set_rows": (eqf_status, [P(eqf_context), P(eqf_run), c_char_p, c_int64]),
    "eqf_run_set_map": (eqf_status, [P(eqf_context), P(eqf_run), c_char_p, P(c_int32)]),
    "eqf_run_set_input": (eqf_status, [P(eqf_context), P(eqf_run), c_char_p, P(c_double)]),
    "eqf_run_map_size": (c_int64, [P(eqf_run), c_char_p]),
    "eqf_run_input_size": (c_int64, [P(eqf_run), c_char_p]),
    "eqf_run_output_size": (c_int64, [P(eqf_run), c_char_p]),
    "eqf_run_set_seed": (None, [P(eqf_run), c_uint64]),
    "eqf_run_execute": (eqf_status, [P(eqf_context), P(eqf_run)]),
    "eqf_run_get_output": (eqf_status, [P(eqf_context), P(eqf_run), c_char_p, P(c_double)]),
    "eqf_run_bytes": (c_size_t, [P(eqf_run)]),
    "eqf_tensor_create": (eqf_status, [P(eqf_context), P(eqf_irreps), c_int64, eqf_precision, P(P(eqf_tensor))]),
    "eqf_tensor_free": (None, [P(eqf_tensor)]),
    "eqf_tensor_irreps": (P(eqf_irreps), [P(eqf_tensor)]),
    "eqf_tensor_rows": (c_int64, [P(eqf_tensor)]),
    "eqf_tensor_precision": (eqf_precision, [P(eqf_tensor)]),
    "eqf_tensor_set": (None, [P(eqf_tensor), P(c_double)]),
    "eqf_tensor_get": (None, [P(eqf_tensor), P(c_double)]),
    "eqf_tensor_rotate": (eqf_status, [P(eqf_context), P(eqf_tensor), P(c_double)]),
    "eqf_module_retain": (P(eqf_module), [P(eqf_module)]),
    "eqf_module_free": (None, [P(eqf_module)]),
    "eqf_module_kind": (c_char_p, [P(eqf_module)]),
    "eqf_module_inputs": (c_int, [P(eqf_module)]),
    "eqf_module_irreps_in": (P(eqf_irreps), [P(eqf_module), c_int]),
    "eqf_module_irreps_out": (P(eqf_irreps), [P(eqf_module)]),
    "eqf_module_record": (eqf_var, [P(eqf_program), P(eqf_module), c_char_p, P(eqf_graph), P(eqf_var)]),
    "eqf_module_init": (eqf_status, [P(eqf_context), P(eqf_module), c_char_p, c_uint64, P(eqf_parameters)]),
    "eqf_module_apply": (eqf_status, [P(eqf_context), P(eqf_module), c_char_p, P(eqf_parameters), P(eqf_graph_data), P(P(eqf_tensor)), P(eqf_tensor)]),
    "eqf_module_vjp": (eqf_status, [P(eqf_context), P(eqf_module), c_char_p, P(eqf_parameters), P(eqf_graph_data), P(P(eqf_tensor)), P(eqf_tensor), P(P(eqf_tensor))]),
    "eqf_norm_create": (eqf_status, [P(eqf_context), eqf_norm_kind, P(eqf_irreps), c_double, P(P(eqf_module))]),
    "eqf_wigner_3j": (eqf_status, [P(eqf_context), eqf_cg_convention, c_int, c_int, c_int, P(c_double)]),
    "eqf_wigner_d": (eqf_status, [P(eqf_context), c_int, c_double, c_double, c_double, P(c_double)]),
    "eqf_rotation_from_angles": (None, [c_double, c_double, c_double, P(c_double)]),
    "eqf_rotation_to_angles": (eqf_status, [P(eqf_context), P(c_double), P(c_double), P(c_double), P(c_double)]),
    "eqf_rotation_random": (None, [c_uint64, P(c_double)]),
    "eqf_irreps_rotate": (eqf_status, [P(eqf_context), P(eqf_irreps), P(c_double), c_int64, P(c_double), P(c_double)]),
    "eqf_graph_attention_create": (eqf_status, [P(eqf_context), P(eqf_attention_options), P(P(eqf_module))]),
    "eqf_dot_product_attention_create": (eqf_status, [P(eqf_context), P(eqf_attention_options), P(P(eqf_module))]),
    "eqf_feed_forward_create": (eqf_status, [P(eqf_context), P(eqf_irreps), P(eqf_irreps), P(eqf_irreps), P(eqf_irreps), c_double, P(P(eqf_module))]),
    "eqf_block_create": (eqf_status, [P(eqf_context), P(eqf_block_options), P(P(eqf_module))]),
    "eqf_radial_basis_create": (eqf_status, [P(eqf_context), eqf_radial_kind, c_int, c_double, P(P(eqf_module))]),
    "eqf_radial_mlp_create": (eqf_status, [P(eqf_context), c_int, P(c_int), P(P(eqf_module))]),
    "eqf_preset_count": (c_int, []),
    "eqf_preset_name": (c_char_p, [c_int]),
    "eqf_config_preset": (eqf_status, [P(eqf_context), c_char_p, P(P(eqf_config))]),
    "eqf_config_parse": (eqf_status, [P(eqf_context), c_char_p, P(P(eqf_config))]),
    "eqf_config_set": (eqf_status, [P(eqf_context), P(eqf_config), c_char_p, c_char_p]),
    "eqf_config_get": (eqf_status, [P(eqf_context), P(eqf_config), c_char_p, P(c_char_p)]),
    "eqf_config_format": (eqf_status, [P(eqf_context), P(eqf_config), P(c_char_p)]),
    "eqf_text_free": (None, [P(eqf_context), c_char_p]),
    "eqf_config_free": (None, [P(eqf_config)]),
    "eqf_model_create": (eqf_status, [P(eqf_context), P(eqf_config), c_uint64, eqf_precision, P(P(eqf_model))]),
    "eqf_model_assemble": (eqf_status, [P(eqf_context), P(eqf_config), P(eqf_parameters), P(P(eqf_model))]),
    "eqf_model_load": (eqf_status, [P(eqf_context), c_char_p, P(P(eqf_model))]),
    "eqf_model_save": (eqf_status, [P(eqf_context), P(eqf_model), c_char_p]),
    "eqf_model_retain": (P(eqf_model), [P(eqf_model)]),
    "eqf_model_free": (None, [P(eqf_model)]),
    "eqf_model_config": (P(eqf_config), [P(eqf_model)]),
    "eqf_model_parameters": (P(eqf_parameters), [P(eqf_model)]),
    "eqf_model_name": (c_char_p, [P(eqf_model)]),
    "eqf_model_cutoff": (c_double, [P(eqf_model)]),
    "eqf_model_length_unit": (c_char_p, [P(eqf_model)]),
    "eqf_model_energy_unit": (c_char_p, [P(eqf_model)]),
    "eqf_model_is_smooth": (c_int, [P(eqf_model)]),
    "eqf_model_type": (c_int, [P(eqf_model), c_int]),
    "eqf_model_record": (None, [P(eqf_program), P(eqf_model), c_char_p, eqf_var, P(eqf_model_outputs)]),
    "eqf_model_energy_scale": (c_double, [P(eqf_model)]),
    "eqf_model_energy_shift": (c_double, [P(eqf_model), c_int]),
    "eqf_model_energy_offset": (c_double, [P(eqf_model)]),
    "eqf_model_auxiliary_scale": (c_double, [P(eqf_model)]),
    "eqf_edge_pairs": (eqf_status, [P(eqf_context), P(eqf_edges), P(c_int32), P(c_int64)]),
    "eqf_neighbors_create": (eqf_status, [P(eqf_context), P(P(eqf_neighbors))]),
    "eqf_neighbors_free": (None, [P(eqf_neighbors)]),
    "eqf_neighbors_find": (eqf_status, [P(eqf_context), P(eqf_neighbors), c_double, c_int64, P(c_double), c_int64, P(c_int32), P(c_double), P(c_int), P(eqf_edges)]),
    "eqf_neighbors_set_skin": (eqf_status, [P(eqf_context), P(eqf_neighbors), c_double]),
    "eqf_neighbors_searches": (c_int64, [P(eqf_neighbors)]),
    "eqf_neighbors_bytes": (c_size_t, [P(eqf_neighbors)]),
    "eqf_calculator_create": (eqf_status, [P(eqf_context), P(eqf_model), eqf_precision, P(P(eqf_calculator))]),
    "eqf_calculator_free": (None, [P(eqf_calculator)]),
    "eqf_calculator_compute": (eqf_status, [P(eqf_context), P(eqf_calculator), P(eqf_system), P(eqf_results)]),
    "eqf_calculator_hessian": (eqf_status, [P(eqf_context), P(eqf_calculator), P(eqf_system), P(eqf_hessian_options), P(c_double)]),
    "eqf_calculator_hvp": (eqf_status, [P(eqf_context), P(eqf_calculator), P(eqf_system), P(eqf_hessian_options), c_int64, P(c_double), P(c_double)]),
    "eqf_calculator_check_symmetry": (eqf_status, [P(eqf_context), P(eqf_calculator), P(eqf_system), P(c_int), P(c_int64)]),
    "eqf_calculator_set_skin": (eqf_status, [P(eqf_context), P(eqf_calculator), c_double]),
    "eqf_calculator_searches": (c_int64, [P(eqf_calculator)]),
    "eqf_calculator_edges": (c_int64, [P(eqf_calculator)]),
    "eqf_calculator_bytes": (c_size_t, [P(eqf_calculator)]),
    "eqf_calculator_edge_list": (None, [P(eqf_calculator), P(eqf_edges)]),
    "eqf_frames_open": (eqf_status, [P(eqf_context), c_char_p, P(eqf_frames_options), P(P(eqf_frames))]),
    "eqf_frames_open_memory": (eqf_status, [P(eqf_context), c_void_p, c_size_t, c_char_p, P(eqf_frames_options), P(P(eqf_frames))]),
    "eqf_frames_next": (eqf_status, [P(eqf_context), P(eqf_frames), P(eqf_structure)]),
    "eqf_frames_number": (eqf_status, [P(eqf_context), P(eqf_frames), c_char_p, P(c_double)]),
    "eqf_frames_text": (c_char_p, [P(eqf_frames), c_char_p]),
    "eqf_frames_close": (None, [P(eqf_frames)]),
    "eqf_frames_writer_create": (eqf_status, [P(eqf_context), c_char_p, P(eqf_frames_writer_options), P(P(eqf_frames_writer))]),
    "eqf_frames_writer_add": (eqf_status, [P(eqf_context), P(eqf_frames_writer), P(eqf_structure), c_int, P(eqf_frame_entry)]),
    "eqf_frames_writer_finish": (eqf_status, [P(eqf_context), P(eqf_frames_writer)]),
    "eqf_frames_writer_free": (None, [P(eqf_frames_writer)]),
    "eqf_element_number": (c_int, [c_char_p]),
    "eqf_element_symbol": (c_char_p, [c_int]),
    "eqf_element_mass": (c_double, [c_int]),
    "eqf_dataset_open": (eqf_status, [P(eqf_context), c_int, P(c_char_p), P(eqf_dataset_options), P(P(eqf_dataset))]),
    "eqf_dataset_create": (eqf_status, [P(eqf_context), c_int64, P(eqf_structure), P(eqf_dataset_options), P(P(eqf_dataset))]),
    "eqf_dataset_select": (eqf_status, [P(eqf_context), P(eqf_dataset), c_int64, P(c_int64), P(P(eqf_dataset))]),
    "eqf_dataset_select_file": (eqf_status, [P(eqf_context), P(eqf_dataset), c_char_p, P(P(eqf_dataset))]),
    "eqf_dataset_retain": (P(eqf_dataset), [P(eqf_dataset)]),
    "eqf_dataset_free": (None, [P(eqf_dataset)]),
    "eqf_dataset_samples": (c_int64, [P(eqf_dataset)]),
    "eqf_dataset_labels": (c_uint, [P(eqf_dataset)]),
    "eqf_dataset_energy_unit": (c_char_p, [P(eqf_dataset)]),
    "eqf_dataset_length_unit": (c_char_p, [P(eqf_dataset)]),
    "eqf_dataset_get": (eqf_status, [P(eqf_context), P(eqf_dataset), c_int64, P(eqf_sample)]),
    "eqf_split": (eqf_status, [P(eqf_context), c_int64, P(eqf_split_options), P(c_int64), P(c_int64)]),
    "eqf_dataset_statistics": (eqf_status, [P(eqf_context), P(eqf_dataset), P(eqf_statistics)]),
    "eqf_dataset_fit_references": (eqf_status, [P(eqf_context), P(eqf_dataset), P(c_double)]),
    "eqf_unit_factor": (eqf_status, [P(eqf_context), c_char_p, c_char_p, P(c_double)]),
    "eqf_program_set_distributed": (None, [P(eqf_program), c_int]),
    "eqf_program_distributed": (c_int, [P(eqf_program)]),
    "eqf_with_ghosts": (eqf_var, [P(eqf_program), eqf_rows, eqf_var]),
    "eqf_all_reduce": (eqf_var, [P(eqf_program), eqf_var]),
    "eqf_run_set_exchange": (None, [P(eqf_run), eqf_exchange_function, c_void_p]),
    "eqf_run_exchanges": (c_int, [P(eqf_run)]),
    "eqf_run_exchange": (eqf_status, [P(eqf_context), P(eqf_run), c_int, P(eqf_exchange)]),
    "eqf_run_begin": (eqf_status, [P(eqf_context), P(eqf_run)]),
    "eqf_run_step": (eqf_status, [P(eqf_context), P(eqf_run), P(eqf_exchange)]),
    "eqf_domain_create": (eqf_status, [P(eqf_context), P(eqf_model), eqf_precision, P(P(eqf_domain))]),
    "eqf_domain_free": (None, [P(eqf_domain)]),
    "eqf_domain_exchanges": (eqf_status, [P(eqf_context), P(eqf_domain), c_int, P(c_int)]),
    "eqf_domain_exchange": (eqf_status, [P(eqf_context), P(eqf_domain), c_int, c_int, P(eqf_exchange)]),
    "eqf_domain_compute": (eqf_status, [P(eqf_context), P(eqf_domain), P(eqf_local), P(eqf_shares), eqf_exchange_function, c_void_p]),
    "eqf_domain_begin": (eqf_status, [P(eqf_context), P(eqf_domain), P(eqf_local), P(eqf_shares)]),
    "eqf_domain_step": (eqf_status, [P(eqf_context), P(eqf_domain), P(eqf_exchange)]),
    "eqf_domain_end": (eqf_status, [P(eqf_context), P(eqf_domain)]),
    "eqf_domain_edge_list": (None, [P(eqf_domain), P(eqf_edges)]),
    "eqf_domain_bytes": (c_size_t, [P(eqf_domain)]),
    "eqf_atom_embedding_create": (eqf_status, [P(eqf_context), eqf_embedding_kind, c_int, P(eqf_irreps), P(P(eqf_module))]),
    "eqf_edge_degree_create": (eqf_status, [P(eqf_context), P(eqf_edge_degree_options), P(P(eqf_module))]),
    "eqf_activation_create": (eqf_status, [P(eqf_context), eqf_activation, P(eqf_irreps), P(P(eqf_module))]),
    "eqf_gate_create": (eqf_status, [P(eqf_context), P(eqf_irreps), P(P(eqf_module))]),
    "eqf_head_create": (eqf_status, [P(eqf_context), P(eqf_irreps), P(P(eqf_module))]),
    "eqf_model_import": (eqf_status, [P(eqf_context), c_char_p, P(eqf_config), P(P(eqf_model))]),
    "eqf_linear_create": (eqf_status, [P(eqf_context), P(eqf_irreps), P(eqf_irreps), c_int, P(P(eqf_module))]),
    "eqf_loss": (eqf_var, [P(eqf_program), eqf_loss_kind, c_double, eqf_var, eqf_var, eqf_var]),
    "eqf_loss_gradients": (None, [P(eqf_program), eqf_var, P(eqf_parameters)]),
    "eqf_run_get_gradients": (eqf_status, [P(eqf_context), P(eqf_run), P(eqf_parameters)]),
    "eqf_optimizer_create": (eqf_status, [P(eqf_context), P(eqf_parameters), P(eqf_optimizer_options), P(P(eqf_optimizer))]),
    "eqf_optimizer_free": (None, [P(eqf_optimizer)]),
    "eqf_optimizer_set_group": (eqf_status, [P(eqf_context), P(eqf_optimizer), c_char_p, P(eqf_parameter_group)]),
    "eqf_optimizer_step": (eqf_status, [P(eqf_context), P(eqf_optimizer), c_double, P(eqf_parameters), P(eqf_parameters), P(c_double)]),
    "eqf_optimizer_steps": (c_int64, [P(eqf_optimizer)]),
    "eqf_optimizer_moment": (P(eqf_parameters), [P(eqf_optimizer), c_int]),
    "eqf_optimizer_restore": (eqf_status, [P(eqf_context), P(eqf_optimizer), c_int64, P(P(eqf_parameters))]),
    "eqf_schedule_rate": (c_double, [P(eqf_schedule), c_int64, c_int64, c_int64]),
    "eqf_schedule_report": (None, [P(eqf_schedule), c_double]),
    "eqf_average_create": (eqf_status, [P(eqf_context), P(eqf_parameters), c_double, P(P(eqf_average))]),
    "eqf_average_free": (None, [P(eqf_average)]),
    "eqf_average_update": (eqf_status, [P(eqf_context), P(eqf_average), P(eqf_parameters)]),
    "eqf_average_parameters": (P(eqf_parameters), [P(eqf_average)]),
    "eqf_spherical_harmonics": (eqf_status, [P(eqf_context), c_int, eqf_harmonics, c_int, c_int64, P(c_double), P(c_double)]),
    "eqf_spherical_harmonics_columns": (eqf_status, [P(eqf_context), c_int, eqf_harmonics, c_int, eqf_precision, c_int64, c_void_p, c_void_p, c_void_p]),
    "eqf_spherical_harmonics_create": (eqf_status, [P(eqf_context), P(eqf_irreps), eqf_harmonics, c_int, P(P(eqf_module))]),
    "eqf_tensor_product_create": (eqf_status, [P(eqf_context), P(eqf_irreps), P(eqf_irreps), P(eqf_irreps), c_int, P(eqf_instruction), P(eqf_tensor_product_options), P(P(eqf_module))]),
    "eqf_depthwise_create": (eqf_status, [P(eqf_context), P(eqf_irreps), P(eqf_irreps), P(eqf_irreps), P(eqf_tensor_product_options), P(P(eqf_module))]),
    "eqf_fully_connected_create": (eqf_status, [P(eqf_context), P(eqf_irreps), P(eqf_irreps), P(eqf_irreps), P(eqf_tensor_product_options), P(P(eqf_module))]),
    "eqf_tensor_product_weights": (c_int64, [P(eqf_module)]),
    "eqf_tensor_product_instructions": (c_int, [P(eqf_module)]),
    "eqf_tensor_product_instruction": (eqf_status, [P(eqf_context), P(eqf_module), c_int, P(eqf_instruction), P(c_double)]),
    "eqf_recipe_count": (c_int, []),
    "eqf_recipe_name": (c_char_p, [c_int]),
    "eqf_recipe_preset": (eqf_status, [P(eqf_context), c_char_p, P(P(eqf_recipe))]),
    "eqf_recipe_dataset_options": (None, [P(eqf_recipe), P(eqf_dataset_options)]),
    "eqf_recipe_parse": (eqf_status, [P(eqf_context), c_char_p, P(P(eqf_recipe))]),
    "eqf_recipe_set": (eqf_status, [P(eqf_context), P(eqf_recipe), c_char_p, c_char_p]),
    "eqf_recipe_format": (eqf_status, [P(eqf_context), P(eqf_recipe), P(c_char_p)]),
    "eqf_recipe_free": (None, [P(eqf_recipe)]),
    "eqf_trainer_create": (eqf_status, [P(eqf_context), P(eqf_recipe), P(eqf_model), P(eqf_dataset), P(eqf_dataset), P(eqf_trainer_options), P(P(eqf_trainer))]),
    "eqf_trainer_free": (None, [P(eqf_trainer)]),
    "eqf_trainer_step": (eqf_status, [P(eqf_context), P(eqf_trainer), P(eqf_train_progress)]),
    "eqf_trainer_stop": (None, [P(eqf_trainer)]),
    "eqf_trainer_save": (eqf_status, [P(eqf_context), P(eqf_trainer)]),
    "eqf_trainer_model": (eqf_status, [P(eqf_context), P(eqf_trainer), eqf_trainer_weights, P(P(eqf_model))]),
    "eqf_trainer_bytes": (c_size_t, [P(eqf_trainer)]),
    "eqf_evaluate": (eqf_status, [P(eqf_context), P(eqf_model), eqf_precision, P(eqf_dataset), eqf_evaluate_function, c_void_p, P(eqf_metrics)]),
    "eqf_version": (c_int, []),
    "eqf_version_string": (c_char_p, []),
}
