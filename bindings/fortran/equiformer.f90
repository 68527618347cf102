! libequiformer for Fortran 2008: contexts, models and calculators that free what they own.
!
!     type(equiformer_context) :: context
!     type(equiformer_model) :: model
!     type(equiformer_calculator) :: calculator
!     call context%create()
!     call model%load(context, 'model.safetensors')
!     call calculator%create(context, model)
!     call calculator%compute(context, numbers, positions, energy=energy, forces=forces)
!
! Arrays have the Cartesian component first: positions(3, natoms), forces(3, natoms); lattice vector i is cell(:, i).
! Every call takes stat and errmsg, as allocate does: without stat, a failure prints the library's message and stops.
! A variable of these types owns its object and must not be copied by assignment; it is freed when it goes out of scope
! (those of a main program live until it ends) or by free(). All other calls of the library are in module equiformer_c.
! SPDX-License-Identifier: MIT
module equiformer
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: error_unit
  use equiformer_c
  implicit none
  private
  public :: equiformer_context, equiformer_model, equiformer_calculator, equiformer_version, equiformer_text
  public :: EQF_FLOAT32, EQF_FLOAT64, EQF_OK

  type :: equiformer_context
    type(c_ptr) :: handle = c_null_ptr
  contains
    procedure :: create => create_context
    procedure :: free => free_context
    procedure :: check
    final :: finalize_context
  end type

  type :: equiformer_model
    type(c_ptr) :: handle = c_null_ptr
  contains
    procedure :: load => load_model
    procedure :: create => create_model
    procedure :: save => save_model
    procedure :: cutoff
    procedure :: free => free_model
    final :: finalize_model
  end type

  type :: equiformer_calculator
    type(c_ptr) :: handle = c_null_ptr
  contains
    procedure :: create => create_calculator
    procedure :: compute
    procedure :: hessian
    procedure :: edges
    procedure :: free => free_calculator
    final :: finalize_calculator
  end type

contains

  ! --- errors and texts ------------------------------------------------------------------------------------------------

  ! A text of C, which stays C's.
  function equiformer_text(text) result(copy)
    type(c_ptr), intent(in) :: text
    character(:), allocatable :: copy
    character(kind=c_char), pointer :: characters(:)
    integer :: length, i
    if (.not. c_associated(text)) then
      copy = ''
      return
    end if
    call c_f_pointer(text, characters, [huge(0)])
    length = 0
    do while (characters(length + 1) /= c_null_char)
      length = length + 1
    end do
    allocate (character(length) :: copy)
    do i = 1, length
      copy(i:i) = characters(i)
    end do
  end function

  function equiformer_version() result(version)
    character(:), allocatable :: version
    version = equiformer_text(eqf_version_string())
  end function

  subroutine report(status, message, stat, errmsg)
    integer(c_int), intent(in) :: status
    character(*), intent(in) :: message
    integer, intent(out), optional :: stat
    character(*), intent(inout), optional :: errmsg
    if (present(stat)) stat = status
    if (status == EQF_OK) return
    if (present(errmsg)) errmsg = message
    if (present(stat)) return
    write (error_unit, '(a)') 'equiformer: '//message
    error stop 1
  end subroutine

  ! Whether what a call needs has been created; reports if not.
  function are_there(first, second, stat, errmsg) result(there)
    type(c_ptr), intent(in) :: first, second
    integer, intent(out), optional :: stat
    character(*), intent(inout), optional :: errmsg
    logical :: there
    there = c_associated(first) .and. c_associated(second)
    if (there) return
    call report(EQF_ERROR_STATE, 'a context, model or calculator is used that was not created', stat, errmsg)
  end function

  ! Takes the status of any call with this context.
  subroutine check(self, status, stat, errmsg)
    class(equiformer_context), intent(in) :: self
    integer(c_int), intent(in) :: status
    integer, intent(out), optional :: stat
    character(*), intent(inout), optional :: errmsg
    call report(status, equiformer_text(eqf_context_message(self%handle)), stat, errmsg)
  end subroutine

  ! --- contexts --------------------------------------------------------------------------------------------------------

  ! threads: 1 without it; 0: one for each processor.
  subroutine create_context(self, threads, stat, errmsg)
    class(equiformer_context), intent(inout) :: self
    integer, intent(in), optional :: threads
    integer, intent(out), optional :: stat
    character(*), intent(inout), optional :: errmsg
    type(eqf_context_options), target :: options
    type(c_ptr) :: made
    integer(c_int) :: status
    options%size = c_sizeof(options)
    if (present(threads)) options%threads = threads
    made = c_null_ptr
    status = eqf_context_create(c_loc(options), made)
    call self%free()
    self%handle = made
    call report(status, equiformer_text(eqf_status_string(status)), stat, errmsg)
  end subroutine

  subroutine free_context(self)
    class(equiformer_context), intent(inout) :: self
    call eqf_context_free(self%handle)
    self%handle = c_null_ptr
  end subroutine

  subroutine finalize_context(self)
    type(equiformer_context), intent(inout) :: self
    call self%free()
  end subroutine

  ! --- models ----------------------------------------------------------------------------------------------------------

  subroutine load_model(self, context, path, stat, errmsg)
    class(equiformer_model), intent(inout) :: self
    class(equiformer_context), intent(in) :: context
    character(*), intent(in) :: path
    integer, intent(out), optional :: stat
    character(*), intent(inout), optional :: errmsg
    type(c_ptr) :: made
    integer(c_int) :: status
    if (.not. are_there(context%handle, context%handle, stat, errmsg)) return
    made = c_null_ptr
    status = eqf_model_load(context%handle, trim(path)//c_null_char, made)
    call self%free()
    self%handle = made
    call context%check(status, stat, errmsg)
  end subroutine

  ! A model with published initial values. config: JSON as in model files, e.g. '{"preset": "..", "num_layers": 2}'.
  subroutine create_model(self, context, config, seed, precision, stat, errmsg)
    class(equiformer_model), intent(inout) :: self
    class(equiformer_context), intent(in) :: context
    character(*), intent(in) :: config
    integer, intent(in), optional :: seed
    integer(c_int), intent(in), optional :: precision
    integer, intent(out), optional :: stat
    character(*), intent(inout), optional :: errmsg
    type(c_ptr) :: parsed, made
    integer(c_int) :: status, kind
    integer(c_int64_t) :: number
    if (.not. are_there(context%handle, context%handle, stat, errmsg)) return
    number = 0
    if (present(seed)) number = seed
    kind = EQF_FLOAT32
    if (present(precision)) kind = precision
    parsed = c_null_ptr
    made = c_null_ptr
    status = eqf_config_parse(context%handle, trim(config)//c_null_char, parsed)
    if (status == EQF_OK) status = eqf_model_create(context%handle, parsed, number, kind, made)
    call eqf_config_free(parsed)
    call self%free()
    self%handle = made
    call context%check(status, stat, errmsg)
  end subroutine

  subroutine save_model(self, context, path, stat, errmsg)
    class(equiformer_model), intent(in) :: self
    class(equiformer_context), intent(in) :: context
    character(*), intent(in) :: path
    integer, intent(out), optional :: stat
    character(*), intent(inout), optional :: errmsg
    if (.not. are_there(context%handle, self%handle, stat, errmsg)) return
    call context%check(eqf_model_save(context%handle, self%handle, trim(path)//c_null_char), stat, errmsg)
  end subroutine

  function cutoff(self) result(radius)
    class(equiformer_model), intent(in) :: self
    real(c_double) :: radius
    radius = eqf_model_cutoff(self%handle)
  end function

  subroutine free_model(self)
    class(equiformer_model), intent(inout) :: self
    call eqf_model_free(self%handle)
    self%handle = c_null_ptr
  end subroutine

  subroutine finalize_model(self)
    type(equiformer_model), intent(inout) :: self
    call self%free()
  end subroutine

  ! --- calculators -----------------------------------------------------------------------------------------------------

  ! precision: EQF_FLOAT64 without it, or EQF_FLOAT32.
  subroutine create_calculator(self, context, model, precision, stat, errmsg)
    class(equiformer_calculator), intent(inout) :: self
    class(equiformer_context), intent(in) :: context
    class(equiformer_model), intent(in) :: model
    integer(c_int), intent(in), optional :: precision
    integer, intent(out), optional :: stat
    character(*), intent(inout), optional :: errmsg
    type(c_ptr) :: made
    integer(c_int) :: status, kind
    if (.not. are_there(context%handle, model%handle, stat, errmsg)) return
    kind = EQF_FLOAT64
    if (present(precision)) kind = precision
    made = c_null_ptr
    status = eqf_calculator_create(context%handle, model%handle, kind, made)
    call self%free()
    self%handle = made
    call context%check(status, stat, errmsg)
  end subroutine

  ! Computes what is present. cell(:, i) is lattice vector i; without pbc all of them are periodic. stress is dE/dstrain /
  ! volume, virial -dE/dstrain, both symmetric.
  subroutine compute(self, context, numbers, positions, cell, pbc, energy, atom_energy, forces, stress, virial, &
      stat, errmsg)
    class(equiformer_calculator), intent(inout) :: self
    class(equiformer_context), intent(in) :: context
    integer(c_int), intent(in), contiguous, target :: numbers(:)
    real(c_double), intent(in), contiguous, target :: positions(:, :)
    real(c_double), intent(in), target, optional :: cell(3, 3)
    logical, intent(in), optional :: pbc(3)
    real(c_double), intent(inout), target, optional :: energy
    real(c_double), intent(inout), contiguous, target, optional :: atom_energy(:)
    real(c_double), intent(inout), contiguous, target, optional :: forces(:, :)
    real(c_double), intent(inout), target, optional :: stress(3, 3)
    real(c_double), intent(inout), target, optional :: virial(3, 3)
    integer, intent(out), optional :: stat
    character(*), intent(inout), optional :: errmsg
    type(eqf_system), target :: system
    type(eqf_results), target :: results
    integer(c_int), target :: flags(3)
    logical :: fits
    if (.not. are_there(context%handle, self%handle, stat, errmsg)) return
    fits = size(positions, 1) == 3 .and. size(positions, 2) == size(numbers)
    if (present(forces)) fits = fits .and. all(shape(forces) == shape(positions))
    if (present(atom_energy)) fits = fits .and. size(atom_energy) == size(numbers)
    if (.not. fits) then
      call report(EQF_ERROR_SHAPE, 'the arrays do not have the shapes of numbers(n), positions(3, n), forces(3, n)', &
          stat, errmsg)
      return
    end if
    call describe(system, numbers, positions, flags, cell, pbc)
    results%size = c_sizeof(results)
    if (present(energy)) results%energy = c_loc(energy)
    if (present(atom_energy)) results%atom_energy = c_loc(atom_energy)
    if (present(forces)) results%forces = c_loc(forces)
    if (present(stress)) results%stress = c_loc(stress)
    if (present(virial)) results%virial = c_loc(virial)
    call context%check(eqf_calculator_compute(context%handle, self%handle, c_loc(system), c_loc(results)), stat, errmsg)
  end subroutine

  subroutine describe(system, numbers, positions, flags, cell, pbc)
    type(eqf_system), intent(inout) :: system
    integer(c_int), intent(in), contiguous, target :: numbers(:)
    real(c_double), intent(in), contiguous, target :: positions(:, :)
    integer(c_int), intent(inout), target :: flags(3)
    real(c_double), intent(in), target, optional :: cell(3, 3)
    logical, intent(in), optional :: pbc(3)
    system%size = c_sizeof(system)
    system%natoms = size(numbers)
    system%atomic_numbers = c_loc(numbers)
    system%positions = c_loc(positions)
    if (.not. present(cell)) return
    flags = 1
    if (present(pbc)) flags = merge(1, 0, pbc)
    system%cell = c_loc(cell)
    system%pbc = c_loc(flags)
  end subroutine

  ! The second derivatives of the energy, hessian(3 n, 3 n); coordinate 3 (i - 1) + a is component a of atom i.
  subroutine hessian(self, context, numbers, positions, matrix, cell, pbc, stat, errmsg)
    class(equiformer_calculator), intent(inout) :: self
    class(equiformer_context), intent(in) :: context
    integer(c_int), intent(in), contiguous, target :: numbers(:)
    real(c_double), intent(in), contiguous, target :: positions(:, :)
    real(c_double), intent(inout), contiguous, target :: matrix(:, :)
    real(c_double), intent(in), target, optional :: cell(3, 3)
    logical, intent(in), optional :: pbc(3)
    integer, intent(out), optional :: stat
    character(*), intent(inout), optional :: errmsg
    type(eqf_system), target :: system
    integer(c_int), target :: flags(3)
    integer(c_int) :: status
    if (.not. are_there(context%handle, self%handle, stat, errmsg)) return
    if (any(shape(positions) /= [3, size(numbers)]) .or. any(shape(matrix) /= 3*size(numbers))) then
      call report(EQF_ERROR_SHAPE, 'the arrays do not have the shapes of numbers(n), positions(3, n), matrix(3 n, 3 n)', &
          stat, errmsg)
      return
    end if
    call describe(system, numbers, positions, flags, cell, pbc)
    status = eqf_calculator_hessian(context%handle, self%handle, c_loc(system), c_null_ptr, c_loc(matrix))
    call context%check(status, stat, errmsg)
  end subroutine

  ! Number of edges of the last computation.
  function edges(self) result(count)
    class(equiformer_calculator), intent(in) :: self
    integer(c_int64_t) :: count
    count = eqf_calculator_edges(self%handle)
  end function

  subroutine free_calculator(self)
    class(equiformer_calculator), intent(inout) :: self
    call eqf_calculator_free(self%handle)
    self%handle = c_null_ptr
  end subroutine

  subroutine finalize_calculator(self)
    type(equiformer_calculator), intent(inout) :: self
    call self%free()
  end subroutine

end module
