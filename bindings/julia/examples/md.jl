# Molecular dynamics at constant energy of a water molecule: julia --project=bindings/julia md.jl MODEL [STEPS]
# SPDX-License-Identifier: MIT
using Equiformer

function run(path, steps)
    calculator = Calculator(Model(path))
    acceleration, timestep = 9.6485332e-3, 0.25 # of 1 u by 1 eV/Angstrom, in Angstrom/fs^2; fs
    numbers, masses = [8, 1, 1], [15.999 1.008 1.008]
    positions = [0.02 0.01 -0.03; 0.01 0.78 -0.74; 0.12 -0.47 -0.49]
    velocities = zeros(3, 3)
    now = compute(calculator, numbers, positions)
    first = now.energy
    for step in 1:steps
        velocities += 0.5 * timestep * acceleration * now.forces ./ masses
        positions += timestep * velocities
        now = compute(calculator, numbers, positions)
        velocities += 0.5 * timestep * acceleration * now.forces ./ masses
        kinetic = 0.5 * sum(masses .* velocities .^ 2) / acceleration
        step % 50 == 0 && println("$step  total energy changed by $(now.energy + kinetic - first) eV")
    end
end

run(ARGS[1], length(ARGS) > 1 ? parse(Int, ARGS[2]) : 200)
