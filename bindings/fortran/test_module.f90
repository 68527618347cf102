! The Fortran module, against a library that is installed. SPDX-License-Identifier: MIT
program test_module
  implicit none
  integer :: failures = 0
  character(4096) :: model_path
  call get_command_argument(1, model_path)
  call test_calculator(trim(model_path))
  call test_errors(trim(model_path))
  call test_declarations()
  if (failures > 0) error stop 1
  print '(a)', 'ok - the Fortran module'

contains

  subroutine expect(condition, what)
    logical, intent(in) :: condition
    character(*), intent(in) :: what
    if (condition) return
    print '(a)', 'not ok - '//what
    failures = failures + 1
  end subroutine

  subroutine test_calculator(path)
    use equiformer
    use, intrinsic :: iso_c_binding
    character(*), intent(in) :: path
    type(equiformer_context) :: context
    type(equiformer_model) :: model
    type(equiformer_calculator) :: calculator
    integer(c_int), parameter :: numbers(4) = [6, 8, 1, 1]
    real(c_double), parameter :: h = 1e-5_c_double
    real(c_double) :: positions(3, 4), forces(3, 4), cell(3, 3), stress(3, 3), virial(3, 3), matrix(12, 12), volume
    real(c_double) :: energy, above, below, atoms(4), deformation(3, 3)
    integer :: a, i
    call context%create(threads=2)
    call model%load(context, path)
    call calculator%create(context, model)
    call expect(model%cutoff() > 0, 'the model has a cut-off')
    positions = reshape([0.0, 0.1, 0.0, 1.2, -0.1, 0.2, -0.6, 0.9, 0.3, -0.5, -1.0, -0.2], [3, 4])
    cell = reshape([6.0, 0.2, 0.0, 0.0, 5.5, 0.3, 0.1, 0.0, 5.0], [3, 3])
    call calculator%compute(context, numbers, positions, cell=cell, energy=energy, atom_energy=atoms, forces=forces, &
        stress=stress, virial=virial)
    call expect(calculator%edges() > 0, 'there are edges')
    do i = 1, 4
      do a = 1, 3
        positions(a, i) = positions(a, i) + h
        call calculator%compute(context, numbers, positions, cell=cell, energy=above)
        positions(a, i) = positions(a, i) - 2*h
        call calculator%compute(context, numbers, positions, cell=cell, energy=below)
        positions(a, i) = positions(a, i) + h
        call expect(abs(forces(a, i) + (above - below)/(2*h)) < 1e-6_c_double, 'forces are central differences')
      end do
    end do
    ! A strain of xy and yx takes column vectors r to (1 + strain) r.
    deformation = reshape([1.0_c_double, h, 0.0_c_double, h, 1.0_c_double, 0.0_c_double, 0.0_c_double, 0.0_c_double, &
        1.0_c_double], [3, 3])
    call calculator%compute(context, numbers, matmul(deformation, positions), cell=matmul(deformation, cell), energy=above)
    deformation(1, 2) = -h
    deformation(2, 1) = -h
    call calculator%compute(context, numbers, matmul(deformation, positions), cell=matmul(deformation, cell), energy=below)
    volume = abs(determinant(cell))
    call expect(abs(2*stress(1, 2)*volume - (above - below)/(2*h)) < 1e-6_c_double, 'stress is a central difference')
    call expect(maxval(abs(virial + volume*stress)) < 1e-12_c_double, 'virial = -volume stress')
    call calculator%hessian(context, numbers, positions, matrix)
    call expect(maxval(abs(matrix - transpose(matrix))) < 1e-12_c_double, 'the Hessian is symmetric')
    call expect(abs(sum(matrix(1, 1::3))) < 1e-9_c_double, 'the Hessian of a translation vanishes')
  end subroutine

  function determinant(m) result(d)
    use, intrinsic :: iso_c_binding, only: c_double
    real(c_double), intent(in) :: m(3, 3)
    real(c_double) :: d
    d = m(1, 1)*(m(2, 2)*m(3, 3) - m(2, 3)*m(3, 2)) - m(1, 2)*(m(2, 1)*m(3, 3) - m(2, 3)*m(3, 1)) &
        + m(1, 3)*(m(2, 1)*m(3, 2) - m(2, 2)*m(3, 1))
  end function

  subroutine test_errors(path)
    use equiformer
    use, intrinsic :: iso_c_binding
    character(*), intent(in) :: path
    type(equiformer_context) :: context
    type(equiformer_model) :: model
    type(equiformer_calculator) :: calculator
    real(c_double) :: energy, forces(3, 1)
    character(200) :: message
    integer :: stat
    call context%create(threads=-1, stat=stat, errmsg=message)
    call expect(stat /= EQF_OK .and. message == 'invalid argument', 'threads are checked')
    call context%create(stat=stat)
    call expect(stat == EQF_OK, 'a context')
    call model%load(context, '/nowhere', stat, message)
    call expect(stat /= EQF_OK .and. index(message, 'No such file') > 0, 'a file that is not there')
    call calculator%create(context, model, stat=stat, errmsg=message)
    call expect(stat /= EQF_OK .and. index(message, 'not created') > 0, 'a model that is not there')
    call calculator%compute(context, [1], reshape([0d0, 0d0, 0d0], [3, 1]), energy=energy, stat=stat, errmsg=message)
    call expect(stat /= EQF_OK, 'a calculator that is not there')
    call model%create(context, '{"num_layer": 2}', stat=stat, errmsg=message)
    call expect(stat /= EQF_OK .and. index(message, 'unknown key num_layer') > 0, 'a key that is not there')
    call model%load(context, path)
    call calculator%create(context, model)
    call calculator%compute(context, [92], reshape([0d0, 0d0, 0d0], [3, 1]), energy=energy, stat=stat, errmsg=message)
    call expect(index(message, 'atomic number 92 (U)') > 0, 'an element that is not there')
    call calculator%compute(context, [1, 1], reshape([0d0, 0d0, 0d0], [3, 1]), forces=forces, stat=stat, errmsg=message)
    call expect(index(message, 'shapes') > 0, 'shapes are checked')
    call expect(len(equiformer_version()) > 4, 'the version is a text')
  end subroutine

  ! The low-level module by itself.
  subroutine test_declarations()
    use equiformer_c
    type(c_ptr) :: context, irreps
    type(eqf_irrep) :: found(3)
    real(c_double), target :: c(3, 3, 3)
    type(eqf_irrep), target :: products(3)
    context = c_null_ptr
    irreps = c_null_ptr
    call expect(eqf_context_create(c_null_ptr, context) == EQF_OK, 'a context of C')
    call expect(eqf_irreps_parse(context, '8x0e+4x1o'//c_null_char, irreps) == EQF_OK, 'irreps')
    call expect(eqf_irreps_dim(irreps) == 20, 'columns of irreps')
    call expect(eqf_irreps_channels_of(irreps, eqf_irrep(1, -1)) == 4, 'a struct by value')
    call expect(eqf_irrep_product(eqf_irrep(1, 1), eqf_irrep(1, -1), 3, c_loc(products)) == 3, 'products of irreps')
    found = products
    call expect(all(found%l == [0, 1, 2]) .and. all(found%p == -1), 'irreps of a product')
    call expect(eqf_wigner_3j(context, EQF_CG_E3NN_05, 1, 1, 1, c_loc(c)) == EQF_OK, 'a 3j')
    call expect(abs(sum(c**2) - 1) < 1e-12_c_double, 'the norm of a 3j')
    call eqf_irreps_free(irreps)
    call eqf_context_free(context)
  end subroutine
end program
