! What the public headers declare. Written by bindings/generate.py: do not edit. SPDX-License-Identifier: MIT
!
! Pointers are values of type c_ptr (c_loc of a target, or c_null_ptr), but for constant texts, which are characters that
! end with c_null_char, and places for new handles, which are c_ptr variables. The member size of a struct is to be set to
! c_sizeof of the variable.
module equiformer_c
  use, intrinsic :: iso_c_binding
  use, intrinsic :: ieee_arithmetic
  implicit none
  public

  real(c_double), parameter, private :: infinity = transfer(9218868437227405312_c_int64_t, 0.0_c_double)
  real(c_double), parameter, private :: nan = transfer(9221120237041090560_c_int64_t, 0.0_c_double)

  integer(c_int), parameter :: EQF_LMAX = 11
  integer(c_int), parameter :: EQF_PARAMETER_NDIM = 4
  integer(c_int), parameter :: EQF_ORDER_MAX = 8
  integer(c_int), parameter :: EQF_QUANTITIES = 5
  integer(c_int), parameter :: EQF_VERSION_MAJOR = 0
  integer(c_int), parameter :: EQF_VERSION_MINOR = 1
  integer(c_int), parameter :: EQF_VERSION_PATCH = 0

  integer(c_int), parameter :: EQF_OK = 0
  integer(c_int), parameter :: EQF_ERROR_ARGUMENT = 1
  integer(c_int), parameter :: EQF_ERROR_MEMORY = 2
  integer(c_int), parameter :: EQF_ERROR_IO = 3
  integer(c_int), parameter :: EQF_ERROR_PARSE = 4
  integer(c_int), parameter :: EQF_ERROR_FORMAT = 5
  integer(c_int), parameter :: EQF_ERROR_SHAPE = 6
  integer(c_int), parameter :: EQF_ERROR_NOT_FOUND = 7
  integer(c_int), parameter :: EQF_ERROR_RANGE = 8
  integer(c_int), parameter :: EQF_ERROR_NOT_FINITE = 9
  integer(c_int), parameter :: EQF_ERROR_UNSUPPORTED = 10
  integer(c_int), parameter :: EQF_ERROR_STATE = 11
  integer(c_int), parameter :: EQF_ERROR_CALLBACK = 12
  integer(c_int), parameter :: EQF_END = 13

  integer(c_int), parameter :: EQF_FLOAT32 = 0
  integer(c_int), parameter :: EQF_FLOAT64 = 1

  integer(c_int), parameter :: EQF_LOG_INFO = 0
  integer(c_int), parameter :: EQF_LOG_WARNING = 1

  integer(c_int), parameter :: EQF_MATMUL_FLOAT32 = 0
  integer(c_int), parameter :: EQF_MATMUL_BFLOAT16 = 1

  integer(c_int), parameter :: EQF_ORDER_E3NN = 0
  integer(c_int), parameter :: EQF_ORDER_EVEN_FIRST = 1

  integer(c_int), parameter :: EQF_PARAMETER_TRAINABLE = 1
  integer(c_int), parameter :: EQF_PARAMETER_DECAY = 2

  integer(c_int), parameter :: EQF_PER_ROW = 0
  integer(c_int), parameter :: EQF_PER_BLOCK = 1
  integer(c_int), parameter :: EQF_PER_CHANNEL = 2
  integer(c_int), parameter :: EQF_PER_HEAD = 3

  integer(c_int), parameter :: EQF_SILU = 0
  integer(c_int), parameter :: EQF_SIGMOID = 1
  integer(c_int), parameter :: EQF_TANH = 2
  integer(c_int), parameter :: EQF_EXP = 3
  integer(c_int), parameter :: EQF_SIN = 4
  integer(c_int), parameter :: EQF_COS = 5
  integer(c_int), parameter :: EQF_ABS = 6

  integer(c_int), parameter :: EQF_NORM_LAYER = 0
  integer(c_int), parameter :: EQF_NORM_GRAPH = 1
  integer(c_int), parameter :: EQF_NORM_INSTANCE = 2
  integer(c_int), parameter :: EQF_NORM_FAST_LAYER = 3

  integer(c_int), parameter :: EQF_CG_E3NN_05 = 0
  integer(c_int), parameter :: EQF_CG_E3NN_04 = 1

  integer(c_int), parameter :: EQF_HEAD_SPLIT_PUBLISHED = 0
  integer(c_int), parameter :: EQF_HEAD_SPLIT_EQUIVARIANT = 1

  integer(c_int), parameter :: EQF_ATTENTION_GRAPH = 0
  integer(c_int), parameter :: EQF_ATTENTION_DOT_PRODUCT = 1

  integer(c_int), parameter :: EQF_RADIAL_GAUSSIAN = 0
  integer(c_int), parameter :: EQF_RADIAL_EXP = 1
  integer(c_int), parameter :: EQF_RADIAL_BESSEL = 2

  integer(c_int), parameter :: EQF_LABEL_ENERGY = 1
  integer(c_int), parameter :: EQF_LABEL_FORCES = 2
  integer(c_int), parameter :: EQF_LABEL_STRESS = 4
  integer(c_int), parameter :: EQF_LABEL_RELAXED = 8

  integer(c_int), parameter :: EQF_EXCHANGE_FORWARD = 0
  integer(c_int), parameter :: EQF_EXCHANGE_REVERSE = 1
  integer(c_int), parameter :: EQF_EXCHANGE_SUM = 2

  integer(c_int), parameter :: EQF_EMBED_TYPE = 0
  integer(c_int), parameter :: EQF_EMBED_TAG = 1

  integer(c_int), parameter :: EQF_ACTIVATION_SILU = 0
  integer(c_int), parameter :: EQF_ACTIVATION_SIGMOID = 1
  integer(c_int), parameter :: EQF_ACTIVATION_TANH = 2
  integer(c_int), parameter :: EQF_ACTIVATION_SMOOTH_LEAKY_RELU = 3

  integer(c_int), parameter :: EQF_LOSS_L1 = 0
  integer(c_int), parameter :: EQF_LOSS_L2 = 1
  integer(c_int), parameter :: EQF_LOSS_L2MAE = 2
  integer(c_int), parameter :: EQF_LOSS_HUBER = 3

  integer(c_int), parameter :: EQF_QUANTITY_ENERGY = 0
  integer(c_int), parameter :: EQF_QUANTITY_ENERGY_PER_ATOM = 1
  integer(c_int), parameter :: EQF_QUANTITY_FORCES = 2
  integer(c_int), parameter :: EQF_QUANTITY_STRESS = 3
  integer(c_int), parameter :: EQF_QUANTITY_DISPLACEMENT = 4

  integer(c_int), parameter :: EQF_OPTIMIZER_ADAMW = 0
  integer(c_int), parameter :: EQF_OPTIMIZER_ADAM = 1
  integer(c_int), parameter :: EQF_OPTIMIZER_SGD = 2

  integer(c_int), parameter :: EQF_SCHEDULE_CONSTANT = 0
  integer(c_int), parameter :: EQF_SCHEDULE_COSINE_EPOCH = 1
  integer(c_int), parameter :: EQF_SCHEDULE_COSINE_STEP = 2
  integer(c_int), parameter :: EQF_SCHEDULE_STEP = 3
  integer(c_int), parameter :: EQF_SCHEDULE_PLATEAU = 4

  integer(c_int), parameter :: EQF_HARMONICS_COMPONENT = 0
  integer(c_int), parameter :: EQF_HARMONICS_NORM = 1
  integer(c_int), parameter :: EQF_HARMONICS_INTEGRAL = 2

  integer(c_int), parameter :: EQF_UVW = 0
  integer(c_int), parameter :: EQF_UVU = 1
  integer(c_int), parameter :: EQF_UVV = 2
  integer(c_int), parameter :: EQF_UUW = 3
  integer(c_int), parameter :: EQF_UUU = 4
  integer(c_int), parameter :: EQF_UVUV = 5

  integer(c_int), parameter :: EQF_IRREP_COMPONENT = 0
  integer(c_int), parameter :: EQF_IRREP_NORM = 1

  integer(c_int), parameter :: EQF_PATH_NONE = 0
  integer(c_int), parameter :: EQF_PATH_ELEMENT = 1
  integer(c_int), parameter :: EQF_PATH_PATH = 2

  integer(c_int), parameter :: EQF_WEIGHTS_INPUT = 0
  integer(c_int), parameter :: EQF_WEIGHTS_INTERNAL = 1

  integer(c_int), parameter :: EQF_TRAIN_STEP = 0
  integer(c_int), parameter :: EQF_TRAIN_EPOCH = 1
  integer(c_int), parameter :: EQF_TRAIN_STOP = 2

  integer(c_int), parameter :: EQF_TRAINER_LAST = 0
  integer(c_int), parameter :: EQF_TRAINER_AVERAGE = 1
  integer(c_int), parameter :: EQF_TRAINER_BEST = 2

  type, bind(c) :: eqf_allocator
    type(c_funptr) :: resize = c_null_funptr
    type(c_ptr) :: user = c_null_ptr
  end type

  type, bind(c) :: eqf_context_options
    integer(c_size_t) :: size = 0
    type(eqf_allocator) :: allocator
    integer(c_int) :: threads = 1
    type(c_funptr) :: parallel_for = c_null_funptr
    type(c_ptr) :: parallel_user = c_null_ptr
    type(c_funptr) :: log = c_null_funptr
    type(c_ptr) :: log_user = c_null_ptr
  end type

  type, bind(c) :: eqf_irrep
    integer(c_int) :: l = 0
    integer(c_int) :: p = 0
  end type

  type, bind(c) :: eqf_irreps_block
    integer(c_int) :: mul = 0
    type(eqf_irrep) :: irrep
    integer(c_int) :: offset = 0
  end type

  type, bind(c) :: eqf_parameter_info
    type(c_ptr) :: name = c_null_ptr
    integer(c_int) :: ndim = 0
    integer(c_int64_t) :: shape(4) = 0
    integer(c_int64_t) :: count = 0
    integer(c_int) :: flags = 0
  end type

  type, bind(c) :: eqf_var
    integer(c_int32_t) :: id = 0
  end type

  type, bind(c) :: eqf_rows
    integer(c_int32_t) :: id = 0
  end type

  type, bind(c) :: eqf_map
    integer(c_int32_t) :: id = 0
  end type

  type, bind(c) :: eqf_graph
    type(eqf_map) :: edge_src
    type(eqf_map) :: edge_dst
    type(eqf_map) :: edge_pair
    type(eqf_map) :: atom_graph
    type(eqf_map) :: atom_type
    type(eqf_map) :: atom_tag
    type(eqf_map) :: sender_type
    type(eqf_var) :: edge_frame
    type(eqf_var) :: edge_weight
  end type

  type, bind(c) :: eqf_graph_data
    integer(c_size_t) :: size = 0
    integer(c_int64_t) :: atoms = 0
    integer(c_int64_t) :: edges = 0
    integer(c_int64_t) :: graphs = 0
    type(c_ptr) :: edge_src = c_null_ptr
    type(c_ptr) :: edge_dst = c_null_ptr
    type(c_ptr) :: atom_graph = c_null_ptr
    type(c_ptr) :: atom_type = c_null_ptr
    type(c_ptr) :: atom_tag = c_null_ptr
  end type

  type, bind(c) :: eqf_attention_options
    integer(c_size_t) :: size = 0
    type(c_ptr) :: irreps_in = c_null_ptr
    type(c_ptr) :: irreps_sh = c_null_ptr
    type(c_ptr) :: irreps_out = c_null_ptr
    type(c_ptr) :: irreps_head = c_null_ptr
    type(c_ptr) :: irreps_pre_attn = c_null_ptr
    integer(c_int) :: num_heads = 1
    integer(c_int) :: n_radial = 0
    type(c_ptr) :: radial_layers = c_null_ptr
    integer(c_int) :: convention = 0
    integer(c_int) :: linear_message = 0
    integer(c_int) :: rescale_degree = 0
    real(c_double) :: average_degree = 15.57930850982666_c_double
    integer(c_int) :: head_split = 0
    real(c_double) :: alpha_drop = 0
    real(c_double) :: proj_drop = 0
  end type

  type, bind(c) :: eqf_block_options
    integer(c_size_t) :: size = 0
    integer(c_int) :: kind = 0
    type(c_ptr) :: attention = c_null_ptr
    type(c_ptr) :: irreps_mlp_mid = c_null_ptr
    type(c_ptr) :: irreps_node_attr = c_null_ptr
    type(c_ptr) :: irreps_out = c_null_ptr
    integer(c_int) :: norm = 0
    real(c_double) :: drop_path = 0
  end type

  type, bind(c) :: eqf_model_outputs
    type(eqf_var) :: atom_energy
    type(eqf_var) :: energy
    type(eqf_var) :: auxiliary
  end type

  type, bind(c) :: eqf_edges
    integer(c_int64_t) :: count = 0
    type(c_ptr) :: src = c_null_ptr
    type(c_ptr) :: dst = c_null_ptr
    type(c_ptr) :: shift = c_null_ptr
    type(c_ptr) :: vector = c_null_ptr
    integer(c_int64_t) :: coincident = 0
  end type

  type, bind(c) :: eqf_system
    integer(c_size_t) :: size = 0
    integer(c_int64_t) :: natoms = 0
    type(c_ptr) :: atomic_numbers = c_null_ptr
    type(c_ptr) :: positions = c_null_ptr
    integer(c_int64_t) :: graphs = 1
    type(c_ptr) :: graph = c_null_ptr
    type(c_ptr) :: cell = c_null_ptr
    type(c_ptr) :: pbc = c_null_ptr
    type(c_ptr) :: tags = c_null_ptr
  end type

  type, bind(c) :: eqf_results
    integer(c_size_t) :: size = 0
    type(c_ptr) :: energy = c_null_ptr
    type(c_ptr) :: atom_energy = c_null_ptr
    type(c_ptr) :: forces = c_null_ptr
    type(c_ptr) :: stress = c_null_ptr
    type(c_ptr) :: virial = c_null_ptr
    type(c_ptr) :: atom_virial = c_null_ptr
    type(c_ptr) :: edge_gradient = c_null_ptr
    type(c_ptr) :: auxiliary = c_null_ptr
  end type

  type, bind(c) :: eqf_hessian_options
    integer(c_size_t) :: size = 0
    integer(c_size_t) :: memory = 0
  end type

  type, bind(c) :: eqf_structure
    integer(c_size_t) :: size = 0
    integer(c_int64_t) :: natoms = 0
    type(c_ptr) :: atomic_numbers = c_null_ptr
    type(c_ptr) :: positions = c_null_ptr
    real(c_double) :: cell(9) = 0
    integer(c_int) :: pbc(3) = 0
    integer(c_int) :: has_energy = 0
    real(c_double) :: energy = 0
    type(c_ptr) :: forces = c_null_ptr
    type(c_ptr) :: tags = c_null_ptr
    integer(c_int) :: has_stress = 0
    real(c_double) :: stress(9) = 0
  end type

  type, bind(c) :: eqf_frames_options
    integer(c_size_t) :: size = 0
    type(c_ptr) :: energy_key = c_null_ptr
    type(c_ptr) :: forces_key = c_null_ptr
    type(c_ptr) :: stress_key = c_null_ptr
  end type

  type, bind(c) :: eqf_frames_writer_options
    integer(c_size_t) :: size = 0
    integer(c_int) :: append = 0
    integer(c_int) :: deflate = 0
  end type

  type, bind(c) :: eqf_frame_entry
    type(c_ptr) :: key = c_null_ptr
    type(c_ptr) :: text = c_null_ptr
    real(c_double) :: number = 0
  end type

  type, bind(c) :: eqf_dataset_options
    integer(c_size_t) :: size = 0
    type(c_ptr) :: energy_key = c_null_ptr
    type(c_ptr) :: forces_key = c_null_ptr
    type(c_ptr) :: stress_key = c_null_ptr
    integer(c_int) :: labels = 0
    type(c_ptr) :: energy_unit = c_null_ptr
    type(c_ptr) :: length_unit = c_null_ptr
    type(c_ptr) :: stress_unit = c_null_ptr
    type(c_ptr) :: to_energy_unit = c_null_ptr
    type(c_ptr) :: to_length_unit = c_null_ptr
    integer(c_int) :: relaxations = 0
    real(c_double) :: force_max = 0
    real(c_double) :: distance_min = 0
    integer(c_size_t) :: memory = 0
  end type

  type, bind(c) :: eqf_sample
    integer(c_size_t) :: size = 0
    type(c_ptr) :: structure = c_null_ptr
    type(c_ptr) :: relaxed = c_null_ptr
    type(c_ptr) :: source = c_null_ptr
    integer(c_int64_t) :: frame = 0
  end type

  type, bind(c) :: eqf_split_options
    integer(c_size_t) :: size = 0
    real(c_double) :: train = 0
    real(c_double) :: valid = 0
    real(c_double) :: test = 0
    integer(c_int) :: shuffle = 1
    integer(c_int64_t) :: seed = 0
  end type

  type, bind(c) :: eqf_statistics
    integer(c_size_t) :: size = 0
    integer(c_int64_t) :: samples = 0
    integer(c_int64_t) :: atoms = 0
    integer(c_int64_t) :: atoms_max = 0
    integer(c_int) :: labels = 0
    integer(c_int64_t) :: elements(119) = 0
    real(c_double) :: energy_mean = 0
    real(c_double) :: energy_deviation = 0
    real(c_double) :: energy_min = 0
    real(c_double) :: energy_max = 0
    real(c_double) :: energy_per_atom_mean = 0
    real(c_double) :: energy_per_atom_deviation = 0
    real(c_double) :: force_rms = 0
    real(c_double) :: force_max = 0
    real(c_double) :: stress_rms = 0
    real(c_double) :: distance_min = 0
  end type

  type, bind(c) :: eqf_exchange
    integer(c_int) :: kind = 0
    integer(c_int) :: precision = 0
    integer(c_int) :: width = 0
    integer(c_int64_t) :: own = 0
    integer(c_int64_t) :: rows = 0
    type(c_ptr) :: values = c_null_ptr
  end type

  type, bind(c) :: eqf_local
    integer(c_size_t) :: size = 0
    integer(c_int64_t) :: nlocal = 0
    integer(c_int64_t) :: nghost = 0
    type(c_ptr) :: atomic_numbers = c_null_ptr
    type(c_ptr) :: positions = c_null_ptr
    type(c_ptr) :: tags = c_null_ptr
    integer(c_int64_t) :: nedges = -1
    type(c_ptr) :: src = c_null_ptr
    type(c_ptr) :: dst = c_null_ptr
    type(c_ptr) :: vectors = c_null_ptr
  end type

  type, bind(c) :: eqf_shares
    integer(c_size_t) :: size = 0
    type(c_ptr) :: energy = c_null_ptr
    type(c_ptr) :: atom_energy = c_null_ptr
    type(c_ptr) :: forces = c_null_ptr
    type(c_ptr) :: virial = c_null_ptr
    type(c_ptr) :: atom_virial = c_null_ptr
    type(c_ptr) :: flux_virial = c_null_ptr
    type(c_ptr) :: edge_gradient = c_null_ptr
  end type

  type, bind(c) :: eqf_edge_degree_options
    integer(c_size_t) :: size = 0
    type(c_ptr) :: irreps_out = c_null_ptr
    type(c_ptr) :: irreps_sh = c_null_ptr
    integer(c_int) :: n_radial = 0
    type(c_ptr) :: radial_layers = c_null_ptr
    real(c_double) :: average_degree = 15.57930850982666_c_double
    integer(c_int) :: convention = 0
  end type

  type, bind(c) :: eqf_loss_term
    integer(c_size_t) :: size = 0
    integer(c_int) :: quantity = 0
    integer(c_int) :: kind = 0
    real(c_double) :: weight = 1
    real(c_double) :: weight_final = nan
    real(c_double) :: delta = 1
  end type

  type, bind(c) :: eqf_optimizer_options
    integer(c_size_t) :: size = 0
    integer(c_int) :: kind = 0
    real(c_double) :: beta1 = 0.9_c_double
    real(c_double) :: beta2 = 0.999_c_double
    real(c_double) :: epsilon = 1e-08_c_double
    real(c_double) :: momentum = 0
    real(c_double) :: weight_decay = 0
    real(c_double) :: clip_norm = 0
  end type

  type, bind(c) :: eqf_parameter_group
    integer(c_size_t) :: size = 0
    real(c_double) :: rate = 1
    real(c_double) :: weight_decay = nan
  end type

  type, bind(c) :: eqf_schedule
    integer(c_size_t) :: size = 0
    integer(c_int) :: kind = 0
    real(c_double) :: rate = 0.001_c_double
    real(c_double) :: start = 1e-06_c_double
    real(c_double) :: floor = 1e-06_c_double
    real(c_double) :: warmup = 0
    real(c_double) :: total = 1
    real(c_double) :: period = 1
    real(c_double) :: factor = 0.1_c_double
    real(c_double) :: best = infinity
    real(c_double) :: reduced = 1
    integer(c_int64_t) :: since = 0
  end type

  type, bind(c) :: eqf_instruction
    integer(c_int) :: in1 = 0
    integer(c_int) :: in2 = 0
    integer(c_int) :: out = 0
    integer(c_int) :: mode = 0
    integer(c_int) :: has_weight = 0
  end type

  type, bind(c) :: eqf_tensor_product_options
    integer(c_size_t) :: size = 0
    integer(c_int) :: irrep_normalization = 0
    integer(c_int) :: path_normalization = 0
    integer(c_int) :: weights = 0
    integer(c_int) :: convention = 0
  end type

  type, bind(c) :: eqf_reducer
    type(c_funptr) :: sum = c_null_funptr
    type(c_ptr) :: user = c_null_ptr
    integer(c_int) :: rank = 0
    integer(c_int) :: ranks = 0
  end type

  type, bind(c) :: eqf_trainer_options
    integer(c_size_t) :: size = 0
    type(c_ptr) :: directory = c_null_ptr
    integer(c_int) :: resume = 0
    integer(c_int) :: precision = 0
    type(eqf_reducer) :: reducer = eqf_reducer(ranks=1)
  end type

  type, bind(c) :: eqf_metrics
    integer(c_size_t) :: size = 0
    integer(c_int64_t) :: samples = 0
    integer(c_int64_t) :: atoms = 0
    real(c_double) :: energy_mae = 0
    real(c_double) :: energy_rmse = 0
    real(c_double) :: energy_mae_per_atom = 0
    real(c_double) :: force_mae = 0
    real(c_double) :: force_rmse = 0
    real(c_double) :: force_cosine = 0
    real(c_double) :: stress_mae = 0
    real(c_double) :: displacement_mae = 0
  end type

  type, bind(c) :: eqf_train_progress
    integer(c_size_t) :: size = 0
    integer(c_int) :: event = 0
    integer(c_int64_t) :: epoch = 0
    integer(c_int64_t) :: epochs = 0
    integer(c_int64_t) :: step = 0
    integer(c_int64_t) :: steps = 0
    real(c_double) :: rate = 0
    real(c_double) :: loss = 0
    real(c_double) :: gradient_norm = 0
    real(c_double) :: train_loss = 0
    real(c_double) :: train_terms(5) = 0
    real(c_double) :: seconds = 0
    integer(c_int) :: epoch_ended = 0
    type(c_ptr) :: valid = c_null_ptr
    integer(c_int) :: is_best = 0
    type(c_ptr) :: reason = c_null_ptr
  end type

  interface
    function eqf_status_string(status) bind(c) result(answer)
      import
      integer(c_int), value :: status
      type(c_ptr) :: answer
    end function

    function eqf_context_create(options, context) bind(c) result(answer)
      import
      type(c_ptr), value :: options
      type(c_ptr), intent(inout) :: context
      integer(c_int) :: answer
    end function

    subroutine eqf_context_free(context) bind(c)
      import
      type(c_ptr), value :: context
    end subroutine

    function eqf_context_message(context) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr) :: answer
    end function

    function eqf_context_threads(context) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      integer(c_int) :: answer
    end function

    function eqf_context_isa(context) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr) :: answer
    end function

    function eqf_context_set_matmul(context, matmul) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      integer(c_int), value :: matmul
      integer(c_int) :: answer
    end function

    function eqf_context_matmul(context) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      integer(c_int) :: answer
    end function

    function eqf_irreps_parse(context, text, irreps) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      character(kind=c_char), intent(in) :: text(*)
      type(c_ptr), intent(inout) :: irreps
      integer(c_int) :: answer
    end function

    function eqf_irreps_create(context, n, blocks, irreps) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      integer(c_int), value :: n
      type(c_ptr), value :: blocks
      type(c_ptr), intent(inout) :: irreps
      integer(c_int) :: answer
    end function

    function eqf_irreps_spherical_harmonics(context, lmax, odd_parity, irreps) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      integer(c_int), value :: lmax
      integer(c_int), value :: odd_parity
      type(c_ptr), intent(inout) :: irreps
      integer(c_int) :: answer
    end function

    function eqf_irreps_retain(irreps) bind(c) result(answer)
      import
      type(c_ptr), value :: irreps
      type(c_ptr) :: answer
    end function

    subroutine eqf_irreps_free(irreps) bind(c)
      import
      type(c_ptr), value :: irreps
    end subroutine

    subroutine eqf_irreps_format(irreps, text, bytes, needed) bind(c)
      import
      type(c_ptr), value :: irreps
      type(c_ptr), value :: text
      integer(c_size_t), value :: bytes
      type(c_ptr), value :: needed
    end subroutine

    function eqf_irreps_blocks(irreps) bind(c) result(answer)
      import
      type(c_ptr), value :: irreps
      integer(c_int) :: answer
    end function

    function eqf_irreps_block_at(irreps, i) bind(c) result(answer)
      import
      type(c_ptr), value :: irreps
      integer(c_int), value :: i
      type(c_ptr) :: answer
    end function

    function eqf_irreps_dim(irreps) bind(c) result(answer)
      import
      type(c_ptr), value :: irreps
      integer(c_int) :: answer
    end function

    function eqf_irreps_channels(irreps) bind(c) result(answer)
      import
      type(c_ptr), value :: irreps
      integer(c_int) :: answer
    end function

    function eqf_irreps_lmax(irreps) bind(c) result(answer)
      import
      type(c_ptr), value :: irreps
      integer(c_int) :: answer
    end function

    function eqf_irreps_channels_of(irreps, irrep) bind(c) result(answer)
      import
      type(c_ptr), value :: irreps
      type(eqf_irrep), value :: irrep
      integer(c_int) :: answer
    end function

    function eqf_irreps_equal(a, b) bind(c) result(answer)
      import
      type(c_ptr), value :: a
      type(c_ptr), value :: b
      integer(c_int) :: answer
    end function

    function eqf_irreps_simplify(context, irreps, simplified) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: irreps
      type(c_ptr), intent(inout) :: simplified
      integer(c_int) :: answer
    end function

    function eqf_irreps_sort(context, irreps, order, sorted, p, inverse) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: irreps
      integer(c_int), value :: order
      type(c_ptr), intent(inout) :: sorted
      type(c_ptr), value :: p
      type(c_ptr), value :: inverse
      integer(c_int) :: answer
    end function

    function eqf_irreps_concat(context, a, b, sum) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: a
      type(c_ptr), value :: b
      type(c_ptr), intent(inout) :: sum
      integer(c_int) :: answer
    end function

    function eqf_irreps_repeat(context, irreps, factor, product) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: irreps
      integer(c_int), value :: factor
      type(c_ptr), intent(inout) :: product
      integer(c_int) :: answer
    end function

    function eqf_irrep_product(a, b, room, product) bind(c) result(answer)
      import
      type(eqf_irrep), value :: a
      type(eqf_irrep), value :: b
      integer(c_int), value :: room
      type(c_ptr), value :: product
      integer(c_int) :: answer
    end function

    function eqf_parameters_create(context, precision, parameters) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      integer(c_int), value :: precision
      type(c_ptr), intent(inout) :: parameters
      integer(c_int) :: answer
    end function

    function eqf_parameters_retain(parameters) bind(c) result(answer)
      import
      type(c_ptr), value :: parameters
      type(c_ptr) :: answer
    end function

    subroutine eqf_parameters_free(parameters) bind(c)
      import
      type(c_ptr), value :: parameters
    end subroutine

    function eqf_parameters_copy(context, parameters, precision, copy) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: parameters
      integer(c_int), value :: precision
      type(c_ptr), intent(inout) :: copy
      integer(c_int) :: answer
    end function

    function eqf_parameters_add(context, parameters, info) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: parameters
      type(c_ptr), value :: info
      integer(c_int) :: answer
    end function

    function eqf_parameters_precision(parameters) bind(c) result(answer)
      import
      type(c_ptr), value :: parameters
      integer(c_int) :: answer
    end function

    function eqf_parameters_arrays(parameters) bind(c) result(answer)
      import
      type(c_ptr), value :: parameters
      integer(c_int) :: answer
    end function

    function eqf_parameters_elements(parameters) bind(c) result(answer)
      import
      type(c_ptr), value :: parameters
      integer(c_int64_t) :: answer
    end function

    function eqf_parameters_find(parameters, name) bind(c) result(answer)
      import
      type(c_ptr), value :: parameters
      character(kind=c_char), intent(in) :: name(*)
      integer(c_int) :: answer
    end function

    function eqf_parameters_info(context, parameters, i, info) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: parameters
      integer(c_int), value :: i
      type(c_ptr), value :: info
      integer(c_int) :: answer
    end function

    function eqf_parameters_get(context, parameters, i, values) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: parameters
      integer(c_int), value :: i
      type(c_ptr), value :: values
      integer(c_int) :: answer
    end function

    function eqf_parameters_set(context, parameters, i, values) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: parameters
      integer(c_int), value :: i
      type(c_ptr), value :: values
      integer(c_int) :: answer
    end function

    function eqf_program_create(context, program) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), intent(inout) :: program
      integer(c_int) :: answer
    end function

    function eqf_program_retain(program) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(c_ptr) :: answer
    end function

    subroutine eqf_program_free(program) bind(c)
      import
      type(c_ptr), value :: program
    end subroutine

    function eqf_program_end(context, program) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: program
      integer(c_int) :: answer
    end function

    function eqf_program_rows(program, name) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      character(kind=c_char), intent(in) :: name(*)
      type(eqf_rows) :: answer
    end function

    function eqf_program_map(program, name, from, to) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      character(kind=c_char), intent(in) :: name(*)
      type(eqf_rows), value :: from
      type(eqf_rows), value :: to
      type(eqf_map) :: answer
    end function

    function eqf_rows_one() bind(c) result(answer)
      import
      type(eqf_rows) :: answer
    end function

    function eqf_input(program, name, rows, irreps) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      character(kind=c_char), intent(in) :: name(*)
      type(eqf_rows), value :: rows
      type(c_ptr), value :: irreps
      type(eqf_var) :: answer
    end function

    function eqf_input_double(program, name, rows, irreps) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      character(kind=c_char), intent(in) :: name(*)
      type(eqf_rows), value :: rows
      type(c_ptr), value :: irreps
      type(eqf_var) :: answer
    end function

    function eqf_to_double(program, x) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(eqf_var), value :: x
      type(eqf_var) :: answer
    end function

    function eqf_from_double(program, x) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(eqf_var), value :: x
      type(eqf_var) :: answer
    end function

    function eqf_parameter(program, name, rows, count) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      character(kind=c_char), intent(in) :: name(*)
      type(eqf_rows), value :: rows
      integer(c_int64_t), value :: count
      type(eqf_var) :: answer
    end function

    function eqf_program_parameter(program, name) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      character(kind=c_char), intent(in) :: name(*)
      type(eqf_var) :: answer
    end function

    function eqf_parameter_double(program, name, rows, count) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      character(kind=c_char), intent(in) :: name(*)
      type(eqf_rows), value :: rows
      integer(c_int64_t), value :: count
      type(eqf_var) :: answer
    end function

    function eqf_constant(program, irreps, values) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(c_ptr), value :: irreps
      type(c_ptr), value :: values
      type(eqf_var) :: answer
    end function

    function eqf_combine(program, alpha, a, beta, b) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      real(c_double), value :: alpha
      type(eqf_var), value :: a
      real(c_double), value :: beta
      type(eqf_var), value :: b
      type(eqf_var) :: answer
    end function

    function eqf_add(program, a, b) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(eqf_var), value :: a
      type(eqf_var), value :: b
      type(eqf_var) :: answer
    end function

    function eqf_multiply(program, alpha, a) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      real(c_double), value :: alpha
      type(eqf_var), value :: a
      type(eqf_var) :: answer
    end function

    function eqf_broadcast(program, rows, a) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(eqf_rows), value :: rows
      type(eqf_var), value :: a
      type(eqf_var) :: answer
    end function

    function eqf_sum_rows(program, a) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(eqf_var), value :: a
      type(eqf_var) :: answer
    end function

    function eqf_scale(program, x, s, grouping, heads) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(eqf_var), value :: x
      type(eqf_var), value :: s
      integer(c_int), value :: grouping
      integer(c_int), value :: heads
      type(eqf_var) :: answer
    end function

    function eqf_dot(program, x, y, grouping, heads) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(eqf_var), value :: x
      type(eqf_var), value :: y
      integer(c_int), value :: grouping
      integer(c_int), value :: heads
      type(eqf_var) :: answer
    end function

    function eqf_apply(program, function, x) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      integer(c_int), value :: function
      type(eqf_var), value :: x
      type(eqf_var) :: answer
    end function

    function eqf_power(program, x, exponent, floor) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(eqf_var), value :: x
      real(c_double), value :: exponent
      real(c_double), value :: floor
      type(eqf_var) :: answer
    end function

    function eqf_channels(program, x, block, first, mul) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(eqf_var), value :: x
      integer(c_int), value :: block
      integer(c_int), value :: first
      integer(c_int), value :: mul
      type(eqf_var) :: answer
    end function

    function eqf_concat(program, a, b) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(eqf_var), value :: a
      type(eqf_var), value :: b
      type(eqf_var) :: answer
    end function

    function eqf_gather(program, map, x) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(eqf_map), value :: map
      type(eqf_var), value :: x
      type(eqf_var) :: answer
    end function

    function eqf_segment_sum(program, map, x) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(eqf_map), value :: map
      type(eqf_var), value :: x
      type(eqf_var) :: answer
    end function

    function eqf_segment_softmax(program, map, x, u) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(eqf_map), value :: map
      type(eqf_var), value :: x
      type(eqf_var), value :: u
      type(eqf_var) :: answer
    end function

    function eqf_solid_harmonics(program, x, irreps) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(eqf_var), value :: x
      type(c_ptr), value :: irreps
      type(eqf_var) :: answer
    end function

    function eqf_edge_frames(program, x, lmax) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(eqf_var), value :: x
      integer(c_int), value :: lmax
      type(eqf_var) :: answer
    end function

    function eqf_dropout_mask(program, name, rows, n, probability) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      character(kind=c_char), intent(in) :: name(*)
      type(eqf_rows), value :: rows
      integer(c_int), value :: n
      real(c_double), value :: probability
      type(eqf_var) :: answer
    end function

    subroutine eqf_program_set_training(program, training) bind(c)
      import
      type(c_ptr), value :: program
      integer(c_int), value :: training
    end subroutine

    function eqf_program_training(program) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      integer(c_int) :: answer
    end function

    subroutine eqf_program_set_paired(program, paired) bind(c)
      import
      type(c_ptr), value :: program
      integer(c_int), value :: paired
    end subroutine

    subroutine eqf_program_set_flops_per_byte(program, flops) bind(c)
      import
      type(c_ptr), value :: program
      real(c_double), value :: flops
    end subroutine

    subroutine eqf_grad(program, n_outputs, outputs, seeds, n_wrt, wrt, gradients) bind(c)
      import
      type(c_ptr), value :: program
      integer(c_int), value :: n_outputs
      type(c_ptr), value :: outputs
      type(c_ptr), value :: seeds
      integer(c_int), value :: n_wrt
      type(c_ptr), value :: wrt
      type(c_ptr), value :: gradients
    end subroutine

    subroutine eqf_output(program, name, x) bind(c)
      import
      type(c_ptr), value :: program
      character(kind=c_char), intent(in) :: name(*)
      type(eqf_var), value :: x
    end subroutine

    function eqf_var_rows(program, x) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(eqf_var), value :: x
      type(eqf_rows) :: answer
    end function

    function eqf_var_irreps(program, x) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(eqf_var), value :: x
      type(c_ptr) :: answer
    end function

    subroutine eqf_program_fail(program, status, message) bind(c)
      import
      type(c_ptr), value :: program
      integer(c_int), value :: status
      character(kind=c_char), intent(in) :: message(*)
    end subroutine

    function eqf_program_operations(program) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      integer(c_int) :: answer
    end function

    function eqf_run_create(context, program, parameters, precision, run) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: program
      type(c_ptr), value :: parameters
      integer(c_int), value :: precision
      type(c_ptr), intent(inout) :: run
      integer(c_int) :: answer
    end function

    subroutine eqf_run_free(run) bind(c)
      import
      type(c_ptr), value :: run
    end subroutine

    function eqf_run_set_parameters(context, run, parameters) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: run
      type(c_ptr), value :: parameters
      integer(c_int) :: answer
    end function

    function eqf_run_set_rows(context, run, rows, count) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: run
      character(kind=c_char), intent(in) :: rows(*)
      integer(c_int64_t), value :: count
      integer(c_int) :: answer
    end function

    function eqf_run_set_map(context, run, map, target) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: run
      character(kind=c_char), intent(in) :: map(*)
      type(c_ptr), value :: target
      integer(c_int) :: answer
    end function

    function eqf_run_set_input(context, run, input, values) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: run
      character(kind=c_char), intent(in) :: input(*)
      type(c_ptr), value :: values
      integer(c_int) :: answer
    end function

    function eqf_run_map_size(run, map) bind(c) result(answer)
      import
      type(c_ptr), value :: run
      character(kind=c_char), intent(in) :: map(*)
      integer(c_int64_t) :: answer
    end function

    function eqf_run_input_size(run, input) bind(c) result(answer)
      import
      type(c_ptr), value :: run
      character(kind=c_char), intent(in) :: input(*)
      integer(c_int64_t) :: answer
    end function

    function eqf_run_output_size(run, output) bind(c) result(answer)
      import
      type(c_ptr), value :: run
      character(kind=c_char), intent(in) :: output(*)
      integer(c_int64_t) :: answer
    end function

    subroutine eqf_run_set_seed(run, seed) bind(c)
      import
      type(c_ptr), value :: run
      integer(c_int64_t), value :: seed
    end subroutine

    function eqf_run_execute(context, run) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: run
      integer(c_int) :: answer
    end function

    function eqf_run_get_output(context, run, output, values) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: run
      character(kind=c_char), intent(in) :: output(*)
      type(c_ptr), value :: values
      integer(c_int) :: answer
    end function

    function eqf_run_bytes(run) bind(c) result(answer)
      import
      type(c_ptr), value :: run
      integer(c_size_t) :: answer
    end function

    function eqf_tensor_create(context, irreps, rows, precision, tensor) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: irreps
      integer(c_int64_t), value :: rows
      integer(c_int), value :: precision
      type(c_ptr), intent(inout) :: tensor
      integer(c_int) :: answer
    end function

    subroutine eqf_tensor_free(tensor) bind(c)
      import
      type(c_ptr), value :: tensor
    end subroutine

    function eqf_tensor_irreps(tensor) bind(c) result(answer)
      import
      type(c_ptr), value :: tensor
      type(c_ptr) :: answer
    end function

    function eqf_tensor_rows(tensor) bind(c) result(answer)
      import
      type(c_ptr), value :: tensor
      integer(c_int64_t) :: answer
    end function

    function eqf_tensor_precision(tensor) bind(c) result(answer)
      import
      type(c_ptr), value :: tensor
      integer(c_int) :: answer
    end function

    subroutine eqf_tensor_set(tensor, values) bind(c)
      import
      type(c_ptr), value :: tensor
      type(c_ptr), value :: values
    end subroutine

    subroutine eqf_tensor_get(tensor, values) bind(c)
      import
      type(c_ptr), value :: tensor
      type(c_ptr), value :: values
    end subroutine

    function eqf_tensor_rotate(context, tensor, rotation) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: tensor
      type(c_ptr), value :: rotation
      integer(c_int) :: answer
    end function

    function eqf_module_retain(module) bind(c) result(answer)
      import
      type(c_ptr), value :: module
      type(c_ptr) :: answer
    end function

    subroutine eqf_module_free(module) bind(c)
      import
      type(c_ptr), value :: module
    end subroutine

    function eqf_module_kind(module) bind(c) result(answer)
      import
      type(c_ptr), value :: module
      type(c_ptr) :: answer
    end function

    function eqf_module_inputs(module) bind(c) result(answer)
      import
      type(c_ptr), value :: module
      integer(c_int) :: answer
    end function

    function eqf_module_irreps_in(module, i) bind(c) result(answer)
      import
      type(c_ptr), value :: module
      integer(c_int), value :: i
      type(c_ptr) :: answer
    end function

    function eqf_module_irreps_out(module) bind(c) result(answer)
      import
      type(c_ptr), value :: module
      type(c_ptr) :: answer
    end function

    function eqf_module_record(program, module, scope, graph, inputs) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(c_ptr), value :: module
      character(kind=c_char), intent(in) :: scope(*)
      type(c_ptr), value :: graph
      type(c_ptr), value :: inputs
      type(eqf_var) :: answer
    end function

    function eqf_module_init(context, module, scope, seed, parameters) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: module
      character(kind=c_char), intent(in) :: scope(*)
      integer(c_int64_t), value :: seed
      type(c_ptr), value :: parameters
      integer(c_int) :: answer
    end function

    function eqf_module_apply(context, module, scope, parameters, graph, inputs, output) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: module
      character(kind=c_char), intent(in) :: scope(*)
      type(c_ptr), value :: parameters
      type(c_ptr), value :: graph
      type(c_ptr), intent(in) :: inputs(*)
      type(c_ptr), value :: output
      integer(c_int) :: answer
    end function

    function eqf_module_vjp(context, module, scope, parameters, graph, inputs, cotangent, gradients) bind(c) &
        result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: module
      character(kind=c_char), intent(in) :: scope(*)
      type(c_ptr), value :: parameters
      type(c_ptr), value :: graph
      type(c_ptr), intent(in) :: inputs(*)
      type(c_ptr), value :: cotangent
      type(c_ptr), intent(in) :: gradients(*)
      integer(c_int) :: answer
    end function

    function eqf_norm_create(context, kind, irreps, eps, module) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      integer(c_int), value :: kind
      type(c_ptr), value :: irreps
      real(c_double), value :: eps
      type(c_ptr), intent(inout) :: module
      integer(c_int) :: answer
    end function

    function eqf_wigner_3j(context, convention, l1, l2, l3, c) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      integer(c_int), value :: convention
      integer(c_int), value :: l1
      integer(c_int), value :: l2
      integer(c_int), value :: l3
      type(c_ptr), value :: c
      integer(c_int) :: answer
    end function

    function eqf_wigner_d(context, l, alpha, beta, gamma, d) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      integer(c_int), value :: l
      real(c_double), value :: alpha
      real(c_double), value :: beta
      real(c_double), value :: gamma
      type(c_ptr), value :: d
      integer(c_int) :: answer
    end function

    subroutine eqf_rotation_from_angles(alpha, beta, gamma, rotation) bind(c)
      import
      real(c_double), value :: alpha
      real(c_double), value :: beta
      real(c_double), value :: gamma
      type(c_ptr), value :: rotation
    end subroutine

    function eqf_rotation_to_angles(context, rotation, alpha, beta, gamma) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: rotation
      type(c_ptr), value :: alpha
      type(c_ptr), value :: beta
      type(c_ptr), value :: gamma
      integer(c_int) :: answer
    end function

    subroutine eqf_rotation_random(seed, rotation) bind(c)
      import
      integer(c_int64_t), value :: seed
      type(c_ptr), value :: rotation
    end subroutine

    function eqf_irreps_rotate(context, irreps, rotation, rows, in, out) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: irreps
      type(c_ptr), value :: rotation
      integer(c_int64_t), value :: rows
      type(c_ptr), value :: in
      type(c_ptr), value :: out
      integer(c_int) :: answer
    end function

    function eqf_graph_attention_create(context, options, module) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: options
      type(c_ptr), intent(inout) :: module
      integer(c_int) :: answer
    end function

    function eqf_dot_product_attention_create(context, options, module) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: options
      type(c_ptr), intent(inout) :: module
      integer(c_int) :: answer
    end function

    function eqf_feed_forward_create(context, in, node_attr, mid, out, proj_drop, module) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: in
      type(c_ptr), value :: node_attr
      type(c_ptr), value :: mid
      type(c_ptr), value :: out
      real(c_double), value :: proj_drop
      type(c_ptr), intent(inout) :: module
      integer(c_int) :: answer
    end function

    function eqf_block_create(context, options, module) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: options
      type(c_ptr), intent(inout) :: module
      integer(c_int) :: answer
    end function

    function eqf_radial_basis_create(context, kind, n, cutoff, module) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      integer(c_int), value :: kind
      integer(c_int), value :: n
      real(c_double), value :: cutoff
      type(c_ptr), intent(inout) :: module
      integer(c_int) :: answer
    end function

    function eqf_radial_mlp_create(context, n, layers, module) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      integer(c_int), value :: n
      type(c_ptr), value :: layers
      type(c_ptr), intent(inout) :: module
      integer(c_int) :: answer
    end function

    function eqf_preset_count() bind(c) result(answer)
      import
      integer(c_int) :: answer
    end function

    function eqf_preset_name(i) bind(c) result(answer)
      import
      integer(c_int), value :: i
      type(c_ptr) :: answer
    end function

    function eqf_config_preset(context, name, config) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      character(kind=c_char), intent(in) :: name(*)
      type(c_ptr), intent(inout) :: config
      integer(c_int) :: answer
    end function

    function eqf_config_parse(context, json, config) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      character(kind=c_char), intent(in) :: json(*)
      type(c_ptr), intent(inout) :: config
      integer(c_int) :: answer
    end function

    function eqf_config_set(context, config, key, value) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: config
      character(kind=c_char), intent(in) :: key(*)
      character(kind=c_char), intent(in) :: value(*)
      integer(c_int) :: answer
    end function

    function eqf_config_get(context, config, key, value) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: config
      character(kind=c_char), intent(in) :: key(*)
      type(c_ptr), intent(inout) :: value
      integer(c_int) :: answer
    end function

    function eqf_config_format(context, config, json) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: config
      type(c_ptr), intent(inout) :: json
      integer(c_int) :: answer
    end function

    subroutine eqf_text_free(context, text) bind(c)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: text
    end subroutine

    subroutine eqf_config_free(config) bind(c)
      import
      type(c_ptr), value :: config
    end subroutine

    function eqf_model_create(context, config, seed, precision, model) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: config
      integer(c_int64_t), value :: seed
      integer(c_int), value :: precision
      type(c_ptr), intent(inout) :: model
      integer(c_int) :: answer
    end function

    function eqf_model_assemble(context, config, parameters, model) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: config
      type(c_ptr), value :: parameters
      type(c_ptr), intent(inout) :: model
      integer(c_int) :: answer
    end function

    function eqf_model_load(context, path, model) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      character(kind=c_char), intent(in) :: path(*)
      type(c_ptr), intent(inout) :: model
      integer(c_int) :: answer
    end function

    function eqf_model_save(context, model, path) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: model
      character(kind=c_char), intent(in) :: path(*)
      integer(c_int) :: answer
    end function

    function eqf_model_retain(model) bind(c) result(answer)
      import
      type(c_ptr), value :: model
      type(c_ptr) :: answer
    end function

    subroutine eqf_model_free(model) bind(c)
      import
      type(c_ptr), value :: model
    end subroutine

    function eqf_model_config(model) bind(c) result(answer)
      import
      type(c_ptr), value :: model
      type(c_ptr) :: answer
    end function

    function eqf_model_parameters(model) bind(c) result(answer)
      import
      type(c_ptr), value :: model
      type(c_ptr) :: answer
    end function

    function eqf_model_name(model) bind(c) result(answer)
      import
      type(c_ptr), value :: model
      type(c_ptr) :: answer
    end function

    function eqf_model_cutoff(model) bind(c) result(answer)
      import
      type(c_ptr), value :: model
      real(c_double) :: answer
    end function

    function eqf_model_length_unit(model) bind(c) result(answer)
      import
      type(c_ptr), value :: model
      type(c_ptr) :: answer
    end function

    function eqf_model_energy_unit(model) bind(c) result(answer)
      import
      type(c_ptr), value :: model
      type(c_ptr) :: answer
    end function

    function eqf_model_is_smooth(model) bind(c) result(answer)
      import
      type(c_ptr), value :: model
      integer(c_int) :: answer
    end function

    function eqf_model_type(model, atomic_number) bind(c) result(answer)
      import
      type(c_ptr), value :: model
      integer(c_int), value :: atomic_number
      integer(c_int) :: answer
    end function

    subroutine eqf_model_record(program, model, scope, vectors, outputs) bind(c)
      import
      type(c_ptr), value :: program
      type(c_ptr), value :: model
      character(kind=c_char), intent(in) :: scope(*)
      type(eqf_var), value :: vectors
      type(c_ptr), value :: outputs
    end subroutine

    function eqf_model_energy_scale(model) bind(c) result(answer)
      import
      type(c_ptr), value :: model
      real(c_double) :: answer
    end function

    function eqf_model_energy_shift(model, type) bind(c) result(answer)
      import
      type(c_ptr), value :: model
      integer(c_int), value :: type
      real(c_double) :: answer
    end function

    function eqf_model_energy_offset(model) bind(c) result(answer)
      import
      type(c_ptr), value :: model
      real(c_double) :: answer
    end function

    function eqf_model_auxiliary_scale(model) bind(c) result(answer)
      import
      type(c_ptr), value :: model
      real(c_double) :: answer
    end function

    function eqf_edge_pairs(context, edges, edge_pair, pairs) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: edges
      type(c_ptr), value :: edge_pair
      type(c_ptr), value :: pairs
      integer(c_int) :: answer
    end function

    function eqf_neighbors_create(context, neighbors) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), intent(inout) :: neighbors
      integer(c_int) :: answer
    end function

    subroutine eqf_neighbors_free(neighbors) bind(c)
      import
      type(c_ptr), value :: neighbors
    end subroutine

    function eqf_neighbors_find(context, neighbors, cutoff, natoms, positions, graphs, graph, cell, pbc, edges) &
        bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: neighbors
      real(c_double), value :: cutoff
      integer(c_int64_t), value :: natoms
      type(c_ptr), value :: positions
      integer(c_int64_t), value :: graphs
      type(c_ptr), value :: graph
      type(c_ptr), value :: cell
      type(c_ptr), value :: pbc
      type(c_ptr), value :: edges
      integer(c_int) :: answer
    end function

    function eqf_neighbors_set_skin(context, neighbors, skin) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: neighbors
      real(c_double), value :: skin
      integer(c_int) :: answer
    end function

    function eqf_neighbors_searches(neighbors) bind(c) result(answer)
      import
      type(c_ptr), value :: neighbors
      integer(c_int64_t) :: answer
    end function

    function eqf_neighbors_bytes(neighbors) bind(c) result(answer)
      import
      type(c_ptr), value :: neighbors
      integer(c_size_t) :: answer
    end function

    function eqf_calculator_create(context, model, precision, calculator) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: model
      integer(c_int), value :: precision
      type(c_ptr), intent(inout) :: calculator
      integer(c_int) :: answer
    end function

    subroutine eqf_calculator_free(calculator) bind(c)
      import
      type(c_ptr), value :: calculator
    end subroutine

    function eqf_calculator_compute(context, calculator, system, results) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: calculator
      type(c_ptr), value :: system
      type(c_ptr), value :: results
      integer(c_int) :: answer
    end function

    function eqf_calculator_hessian(context, calculator, system, options, hessian) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: calculator
      type(c_ptr), value :: system
      type(c_ptr), value :: options
      type(c_ptr), value :: hessian
      integer(c_int) :: answer
    end function

    function eqf_calculator_hvp(context, calculator, system, options, n, directions, products) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: calculator
      type(c_ptr), value :: system
      type(c_ptr), value :: options
      integer(c_int64_t), value :: n
      type(c_ptr), value :: directions
      type(c_ptr), value :: products
      integer(c_int) :: answer
    end function

    function eqf_calculator_check_symmetry(context, calculator, system, degrees, count) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: calculator
      type(c_ptr), value :: system
      type(c_ptr), value :: degrees
      type(c_ptr), value :: count
      integer(c_int) :: answer
    end function

    function eqf_calculator_set_skin(context, calculator, skin) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: calculator
      real(c_double), value :: skin
      integer(c_int) :: answer
    end function

    function eqf_calculator_searches(calculator) bind(c) result(answer)
      import
      type(c_ptr), value :: calculator
      integer(c_int64_t) :: answer
    end function

    function eqf_calculator_edges(calculator) bind(c) result(answer)
      import
      type(c_ptr), value :: calculator
      integer(c_int64_t) :: answer
    end function

    function eqf_calculator_bytes(calculator) bind(c) result(answer)
      import
      type(c_ptr), value :: calculator
      integer(c_size_t) :: answer
    end function

    subroutine eqf_calculator_edge_list(calculator, edges) bind(c)
      import
      type(c_ptr), value :: calculator
      type(c_ptr), value :: edges
    end subroutine

    function eqf_frames_open(context, path, options, frames) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      character(kind=c_char), intent(in) :: path(*)
      type(c_ptr), value :: options
      type(c_ptr), intent(inout) :: frames
      integer(c_int) :: answer
    end function

    function eqf_frames_open_memory(context, bytes, length, name, options, frames) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: bytes
      integer(c_size_t), value :: length
      character(kind=c_char), intent(in) :: name(*)
      type(c_ptr), value :: options
      type(c_ptr), intent(inout) :: frames
      integer(c_int) :: answer
    end function

    function eqf_frames_next(context, frames, frame) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: frames
      type(c_ptr), value :: frame
      integer(c_int) :: answer
    end function

    function eqf_frames_number(context, frames, key, value) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: frames
      character(kind=c_char), intent(in) :: key(*)
      type(c_ptr), value :: value
      integer(c_int) :: answer
    end function

    function eqf_frames_text(frames, key) bind(c) result(answer)
      import
      type(c_ptr), value :: frames
      character(kind=c_char), intent(in) :: key(*)
      type(c_ptr) :: answer
    end function

    subroutine eqf_frames_close(frames) bind(c)
      import
      type(c_ptr), value :: frames
    end subroutine

    function eqf_frames_writer_create(context, path, options, writer) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      character(kind=c_char), intent(in) :: path(*)
      type(c_ptr), value :: options
      type(c_ptr), intent(inout) :: writer
      integer(c_int) :: answer
    end function

    function eqf_frames_writer_add(context, writer, frame, n, entries) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: writer
      type(c_ptr), value :: frame
      integer(c_int), value :: n
      type(c_ptr), value :: entries
      integer(c_int) :: answer
    end function

    function eqf_frames_writer_finish(context, writer) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: writer
      integer(c_int) :: answer
    end function

    subroutine eqf_frames_writer_free(writer) bind(c)
      import
      type(c_ptr), value :: writer
    end subroutine

    function eqf_element_number(symbol) bind(c) result(answer)
      import
      character(kind=c_char), intent(in) :: symbol(*)
      integer(c_int) :: answer
    end function

    function eqf_element_symbol(atomic_number) bind(c) result(answer)
      import
      integer(c_int), value :: atomic_number
      type(c_ptr) :: answer
    end function

    function eqf_element_mass(atomic_number) bind(c) result(answer)
      import
      integer(c_int), value :: atomic_number
      real(c_double) :: answer
    end function

    function eqf_dataset_open(context, n, paths, options, dataset) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      integer(c_int), value :: n
      type(c_ptr), intent(in) :: paths(*)
      type(c_ptr), value :: options
      type(c_ptr), intent(inout) :: dataset
      integer(c_int) :: answer
    end function

    function eqf_dataset_create(context, n, structures, options, dataset) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      integer(c_int64_t), value :: n
      type(c_ptr), value :: structures
      type(c_ptr), value :: options
      type(c_ptr), intent(inout) :: dataset
      integer(c_int) :: answer
    end function

    function eqf_dataset_select(context, dataset, n, indices, selection) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: dataset
      integer(c_int64_t), value :: n
      type(c_ptr), value :: indices
      type(c_ptr), intent(inout) :: selection
      integer(c_int) :: answer
    end function

    function eqf_dataset_select_file(context, dataset, path, selection) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: dataset
      character(kind=c_char), intent(in) :: path(*)
      type(c_ptr), intent(inout) :: selection
      integer(c_int) :: answer
    end function

    function eqf_dataset_retain(dataset) bind(c) result(answer)
      import
      type(c_ptr), value :: dataset
      type(c_ptr) :: answer
    end function

    subroutine eqf_dataset_free(dataset) bind(c)
      import
      type(c_ptr), value :: dataset
    end subroutine

    function eqf_dataset_samples(dataset) bind(c) result(answer)
      import
      type(c_ptr), value :: dataset
      integer(c_int64_t) :: answer
    end function

    function eqf_dataset_labels(dataset) bind(c) result(answer)
      import
      type(c_ptr), value :: dataset
      integer(c_int) :: answer
    end function

    function eqf_dataset_energy_unit(dataset) bind(c) result(answer)
      import
      type(c_ptr), value :: dataset
      type(c_ptr) :: answer
    end function

    function eqf_dataset_length_unit(dataset) bind(c) result(answer)
      import
      type(c_ptr), value :: dataset
      type(c_ptr) :: answer
    end function

    function eqf_dataset_get(context, dataset, i, sample) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: dataset
      integer(c_int64_t), value :: i
      type(c_ptr), value :: sample
      integer(c_int) :: answer
    end function

    function eqf_split(context, n, options, indices, counts) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      integer(c_int64_t), value :: n
      type(c_ptr), value :: options
      type(c_ptr), value :: indices
      type(c_ptr), value :: counts
      integer(c_int) :: answer
    end function

    function eqf_dataset_statistics(context, dataset, statistics) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: dataset
      type(c_ptr), value :: statistics
      integer(c_int) :: answer
    end function

    function eqf_dataset_fit_references(context, dataset, references) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: dataset
      type(c_ptr), value :: references
      integer(c_int) :: answer
    end function

    function eqf_unit_factor(context, from, to, factor) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      character(kind=c_char), intent(in) :: from(*)
      character(kind=c_char), intent(in) :: to(*)
      type(c_ptr), value :: factor
      integer(c_int) :: answer
    end function

    subroutine eqf_program_set_distributed(program, distributed) bind(c)
      import
      type(c_ptr), value :: program
      integer(c_int), value :: distributed
    end subroutine

    function eqf_program_distributed(program) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      integer(c_int) :: answer
    end function

    function eqf_with_ghosts(program, rows, x) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(eqf_rows), value :: rows
      type(eqf_var), value :: x
      type(eqf_var) :: answer
    end function

    function eqf_all_reduce(program, x) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      type(eqf_var), value :: x
      type(eqf_var) :: answer
    end function

    subroutine eqf_run_set_exchange(run, function, user) bind(c)
      import
      type(c_ptr), value :: run
      type(c_funptr), value :: function
      type(c_ptr), value :: user
    end subroutine

    function eqf_run_exchanges(run) bind(c) result(answer)
      import
      type(c_ptr), value :: run
      integer(c_int) :: answer
    end function

    function eqf_run_exchange(context, run, i, exchange) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: run
      integer(c_int), value :: i
      type(c_ptr), value :: exchange
      integer(c_int) :: answer
    end function

    function eqf_run_begin(context, run) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: run
      integer(c_int) :: answer
    end function

    function eqf_run_step(context, run, exchange) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: run
      type(c_ptr), value :: exchange
      integer(c_int) :: answer
    end function

    function eqf_domain_create(context, model, precision, domain) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: model
      integer(c_int), value :: precision
      type(c_ptr), intent(inout) :: domain
      integer(c_int) :: answer
    end function

    subroutine eqf_domain_free(domain) bind(c)
      import
      type(c_ptr), value :: domain
    end subroutine

    function eqf_domain_exchanges(context, domain, derivatives, count) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: domain
      integer(c_int), value :: derivatives
      type(c_ptr), value :: count
      integer(c_int) :: answer
    end function

    function eqf_domain_exchange(context, domain, derivatives, i, exchange) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: domain
      integer(c_int), value :: derivatives
      integer(c_int), value :: i
      type(c_ptr), value :: exchange
      integer(c_int) :: answer
    end function

    function eqf_domain_compute(context, domain, local, shares, exchange, user) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: domain
      type(c_ptr), value :: local
      type(c_ptr), value :: shares
      type(c_funptr), value :: exchange
      type(c_ptr), value :: user
      integer(c_int) :: answer
    end function

    function eqf_domain_begin(context, domain, local, shares) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: domain
      type(c_ptr), value :: local
      type(c_ptr), value :: shares
      integer(c_int) :: answer
    end function

    function eqf_domain_step(context, domain, exchange) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: domain
      type(c_ptr), value :: exchange
      integer(c_int) :: answer
    end function

    function eqf_domain_end(context, domain) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: domain
      integer(c_int) :: answer
    end function

    subroutine eqf_domain_edge_list(domain, edges) bind(c)
      import
      type(c_ptr), value :: domain
      type(c_ptr), value :: edges
    end subroutine

    function eqf_domain_bytes(domain) bind(c) result(answer)
      import
      type(c_ptr), value :: domain
      integer(c_size_t) :: answer
    end function

    function eqf_atom_embedding_create(context, kind, types, out, module) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      integer(c_int), value :: kind
      integer(c_int), value :: types
      type(c_ptr), value :: out
      type(c_ptr), intent(inout) :: module
      integer(c_int) :: answer
    end function

    function eqf_edge_degree_create(context, options, module) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: options
      type(c_ptr), intent(inout) :: module
      integer(c_int) :: answer
    end function

    function eqf_activation_create(context, activation, irreps, module) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      integer(c_int), value :: activation
      type(c_ptr), value :: irreps
      type(c_ptr), intent(inout) :: module
      integer(c_int) :: answer
    end function

    function eqf_gate_create(context, out, module) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: out
      type(c_ptr), intent(inout) :: module
      integer(c_int) :: answer
    end function

    function eqf_head_create(context, in, module) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: in
      type(c_ptr), intent(inout) :: module
      integer(c_int) :: answer
    end function

    function eqf_model_import(context, path, config, model) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      character(kind=c_char), intent(in) :: path(*)
      type(c_ptr), value :: config
      type(c_ptr), intent(inout) :: model
      integer(c_int) :: answer
    end function

    function eqf_linear_create(context, in, out, bias, module) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: in
      type(c_ptr), value :: out
      integer(c_int), value :: bias
      type(c_ptr), intent(inout) :: module
      integer(c_int) :: answer
    end function

    function eqf_loss(program, kind, delta, prediction, target, weights) bind(c) result(answer)
      import
      type(c_ptr), value :: program
      integer(c_int), value :: kind
      real(c_double), value :: delta
      type(eqf_var), value :: prediction
      type(eqf_var), value :: target
      type(eqf_var), value :: weights
      type(eqf_var) :: answer
    end function

    subroutine eqf_loss_gradients(program, loss, parameters) bind(c)
      import
      type(c_ptr), value :: program
      type(eqf_var), value :: loss
      type(c_ptr), value :: parameters
    end subroutine

    function eqf_run_get_gradients(context, run, gradients) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: run
      type(c_ptr), value :: gradients
      integer(c_int) :: answer
    end function

    function eqf_optimizer_create(context, parameters, options, optimizer) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: parameters
      type(c_ptr), value :: options
      type(c_ptr), intent(inout) :: optimizer
      integer(c_int) :: answer
    end function

    subroutine eqf_optimizer_free(optimizer) bind(c)
      import
      type(c_ptr), value :: optimizer
    end subroutine

    function eqf_optimizer_set_group(context, optimizer, pattern, group) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: optimizer
      character(kind=c_char), intent(in) :: pattern(*)
      type(c_ptr), value :: group
      integer(c_int) :: answer
    end function

    function eqf_optimizer_step(context, optimizer, rate, gradients, parameters, norm) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: optimizer
      real(c_double), value :: rate
      type(c_ptr), value :: gradients
      type(c_ptr), value :: parameters
      type(c_ptr), value :: norm
      integer(c_int) :: answer
    end function

    function eqf_optimizer_steps(optimizer) bind(c) result(answer)
      import
      type(c_ptr), value :: optimizer
      integer(c_int64_t) :: answer
    end function

    function eqf_optimizer_moment(optimizer, which) bind(c) result(answer)
      import
      type(c_ptr), value :: optimizer
      integer(c_int), value :: which
      type(c_ptr) :: answer
    end function

    function eqf_optimizer_restore(context, optimizer, steps, moments) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: optimizer
      integer(c_int64_t), value :: steps
      type(c_ptr), intent(in) :: moments(*)
      integer(c_int) :: answer
    end function

    function eqf_schedule_rate(schedule, epoch, step, steps) bind(c) result(answer)
      import
      type(c_ptr), value :: schedule
      integer(c_int64_t), value :: epoch
      integer(c_int64_t), value :: step
      integer(c_int64_t), value :: steps
      real(c_double) :: answer
    end function

    subroutine eqf_schedule_report(schedule, metric) bind(c)
      import
      type(c_ptr), value :: schedule
      real(c_double), value :: metric
    end subroutine

    function eqf_average_create(context, parameters, decay, average) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: parameters
      real(c_double), value :: decay
      type(c_ptr), intent(inout) :: average
      integer(c_int) :: answer
    end function

    subroutine eqf_average_free(average) bind(c)
      import
      type(c_ptr), value :: average
    end subroutine

    function eqf_average_update(context, average, parameters) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: average
      type(c_ptr), value :: parameters
      integer(c_int) :: answer
    end function

    function eqf_average_parameters(average) bind(c) result(answer)
      import
      type(c_ptr), value :: average
      type(c_ptr) :: answer
    end function

    function eqf_spherical_harmonics(context, lmax, normalization, normalize, n, xyz, y) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      integer(c_int), value :: lmax
      integer(c_int), value :: normalization
      integer(c_int), value :: normalize
      integer(c_int64_t), value :: n
      type(c_ptr), value :: xyz
      type(c_ptr), value :: y
      integer(c_int) :: answer
    end function

    function eqf_spherical_harmonics_columns(context, lmax, normalization, normalize, precision, n, xyz, y, &
        gradient) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      integer(c_int), value :: lmax
      integer(c_int), value :: normalization
      integer(c_int), value :: normalize
      integer(c_int), value :: precision
      integer(c_int64_t), value :: n
      type(c_ptr), value :: xyz
      type(c_ptr), value :: y
      type(c_ptr), value :: gradient
      integer(c_int) :: answer
    end function

    function eqf_spherical_harmonics_create(context, irreps, normalization, normalize, module) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: irreps
      integer(c_int), value :: normalization
      integer(c_int), value :: normalize
      type(c_ptr), intent(inout) :: module
      integer(c_int) :: answer
    end function

    function eqf_tensor_product_create(context, in1, in2, out, n, instructions, options, module) bind(c) &
        result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: in1
      type(c_ptr), value :: in2
      type(c_ptr), value :: out
      integer(c_int), value :: n
      type(c_ptr), value :: instructions
      type(c_ptr), value :: options
      type(c_ptr), intent(inout) :: module
      integer(c_int) :: answer
    end function

    function eqf_depthwise_create(context, in, sh, wanted, options, module) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: in
      type(c_ptr), value :: sh
      type(c_ptr), value :: wanted
      type(c_ptr), value :: options
      type(c_ptr), intent(inout) :: module
      integer(c_int) :: answer
    end function

    function eqf_fully_connected_create(context, in1, in2, out, options, module) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: in1
      type(c_ptr), value :: in2
      type(c_ptr), value :: out
      type(c_ptr), value :: options
      type(c_ptr), intent(inout) :: module
      integer(c_int) :: answer
    end function

    function eqf_tensor_product_weights(module) bind(c) result(answer)
      import
      type(c_ptr), value :: module
      integer(c_int64_t) :: answer
    end function

    function eqf_tensor_product_instructions(module) bind(c) result(answer)
      import
      type(c_ptr), value :: module
      integer(c_int) :: answer
    end function

    function eqf_tensor_product_instruction(context, module, i, instruction, factor) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: module
      integer(c_int), value :: i
      type(c_ptr), value :: instruction
      type(c_ptr), value :: factor
      integer(c_int) :: answer
    end function

    function eqf_recipe_count() bind(c) result(answer)
      import
      integer(c_int) :: answer
    end function

    function eqf_recipe_name(i) bind(c) result(answer)
      import
      integer(c_int), value :: i
      type(c_ptr) :: answer
    end function

    function eqf_recipe_preset(context, name, recipe) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      character(kind=c_char), intent(in) :: name(*)
      type(c_ptr), intent(inout) :: recipe
      integer(c_int) :: answer
    end function

    subroutine eqf_recipe_dataset_options(recipe, options) bind(c)
      import
      type(c_ptr), value :: recipe
      type(c_ptr), value :: options
    end subroutine

    function eqf_recipe_parse(context, json, recipe) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      character(kind=c_char), intent(in) :: json(*)
      type(c_ptr), intent(inout) :: recipe
      integer(c_int) :: answer
    end function

    function eqf_recipe_set(context, recipe, key, value) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: recipe
      character(kind=c_char), intent(in) :: key(*)
      character(kind=c_char), intent(in) :: value(*)
      integer(c_int) :: answer
    end function

    function eqf_recipe_format(context, recipe, json) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: recipe
      type(c_ptr), intent(inout) :: json
      integer(c_int) :: answer
    end function

    subroutine eqf_recipe_free(recipe) bind(c)
      import
      type(c_ptr), value :: recipe
    end subroutine

    function eqf_trainer_create(context, recipe, model, train, valid, options, trainer) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: recipe
      type(c_ptr), value :: model
      type(c_ptr), value :: train
      type(c_ptr), value :: valid
      type(c_ptr), value :: options
      type(c_ptr), intent(inout) :: trainer
      integer(c_int) :: answer
    end function

    subroutine eqf_trainer_free(trainer) bind(c)
      import
      type(c_ptr), value :: trainer
    end subroutine

    function eqf_trainer_step(context, trainer, progress) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: trainer
      type(c_ptr), value :: progress
      integer(c_int) :: answer
    end function

    subroutine eqf_trainer_stop(trainer) bind(c)
      import
      type(c_ptr), value :: trainer
    end subroutine

    function eqf_trainer_save(context, trainer) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: trainer
      integer(c_int) :: answer
    end function

    function eqf_trainer_model(context, trainer, weights, model) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: trainer
      integer(c_int), value :: weights
      type(c_ptr), intent(inout) :: model
      integer(c_int) :: answer
    end function

    function eqf_trainer_bytes(trainer) bind(c) result(answer)
      import
      type(c_ptr), value :: trainer
      integer(c_size_t) :: answer
    end function

    function eqf_evaluate(context, model, precision, dataset, function, user, metrics) bind(c) result(answer)
      import
      type(c_ptr), value :: context
      type(c_ptr), value :: model
      integer(c_int), value :: precision
      type(c_ptr), value :: dataset
      type(c_funptr), value :: function
      type(c_ptr), value :: user
      type(c_ptr), value :: metrics
      integer(c_int) :: answer
    end function

    function eqf_version() bind(c) result(answer)
      import
      integer(c_int) :: answer
    end function

    function eqf_version_string() bind(c) result(answer)
      import
      type(c_ptr) :: answer
    end function

  end interface
end module
