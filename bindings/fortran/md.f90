! Molecular dynamics at constant energy (velocity Verlet) of a water molecule: md MODEL [STEPS]
! Units: Angstrom, eV, femtoseconds, atomic mass units. SPDX-License-Identifier: MIT
program md
  implicit none
  character(4096) :: path, word
  integer :: steps
  if (command_argument_count() < 1) error stop 'usage: md MODEL [STEPS]'
  call get_command_argument(1, path)
  steps = 200
  if (command_argument_count() > 1) then
    call get_command_argument(2, word)
    read (word, *) steps
  end if
  call run(trim(path), steps)

contains

  subroutine run(path, steps)
    use equiformer
    use, intrinsic :: iso_c_binding, only: c_double, c_int
    character(*), intent(in) :: path
    integer, intent(in) :: steps
    ! CODATA 2022: the acceleration of 1 u by 1 eV/Angstrom, in Angstrom/fs^2.
    real(c_double), parameter :: acceleration = 9.6485332e-3_c_double, timestep = 0.25_c_double
    integer(c_int), parameter :: numbers(3) = [8, 1, 1]
    real(c_double), parameter :: masses(3) = [15.999_c_double, 1.008_c_double, 1.008_c_double]
    type(equiformer_context) :: context
    type(equiformer_model) :: model
    type(equiformer_calculator) :: calculator
    real(c_double) :: positions(3, 3), velocities(3, 3), forces(3, 3), push(3, 3), energy, kinetic, first, worst
    integer :: step, i

    call context%create()
    call model%load(context, path)
    call calculator%create(context, model)

    positions(:, 1) = [0.02_c_double, 0.01_c_double, 0.12_c_double]
    positions(:, 2) = [0.01_c_double, 0.78_c_double, -0.47_c_double]
    positions(:, 3) = [-0.03_c_double, -0.74_c_double, -0.49_c_double]
    velocities = 0
    call calculator%compute(context, numbers, positions, energy=energy, forces=forces)
    first = energy
    worst = 0
    do step = 1, steps
      do i = 1, 3
        push(:, i) = 0.5_c_double*timestep*acceleration*forces(:, i)/masses(i)
      end do
      velocities = velocities + push
      positions = positions + timestep*velocities
      call calculator%compute(context, numbers, positions, energy=energy, forces=forces)
      kinetic = 0
      do i = 1, 3
        velocities(:, i) = velocities(:, i) + 0.5_c_double*timestep*acceleration*forces(:, i)/masses(i)
        kinetic = kinetic + 0.5_c_double*masses(i)*sum(velocities(:, i)**2)/acceleration
      end do
      worst = max(worst, abs(energy + kinetic - first))
      if (mod(step, 50) == 0) print '(i6,a,f8.2,a,f12.6,a,f10.6,a,f12.6)', step, '  time', step*timestep, &
          '  potential', energy, '  kinetic', kinetic, '  total', energy + kinetic
    end do
    print '(a,es9.2,a)', 'the energy is constant within', worst, ' eV'
    if (worst > 1e-3_c_double) error stop 'the energy is not constant'
  end subroutine
end program
