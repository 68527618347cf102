# libequiformer for Julia: models and calculators on arrays. SPDX-License-Identifier: MIT
#
#     using Equiformer
#     model = Model("model.safetensors")
#     calculator = Calculator(model)
#     results = compute(calculator, [8, 1, 1], positions)        # positions: 3 x natoms
#     results.energy, results.forces
#
# All other calls of the library, Equiformer.eqf_..., have the signatures of its headers (src/declarations.jl).
module Equiformer

export Calculator, Context, EquiformerError, Model, compute, hessian, wigner_3j

# The file of the library: EQUIFORMER_LIBRARY in the environment when the package is compiled, else what the dynamic linker
# finds.
const libequiformer = get(ENV, "EQUIFORMER_LIBRARY", "libequiformer.so.0")

include("declarations.jl")

struct EquiformerError <: Exception
    status::eqf_status
    message::String
end

Base.showerror(io::IO, e::EquiformerError) = print(io, "libequiformer: ", e.message)

# --- owners ---------------------------------------------------------------------------------------------------------------

"""
    Context(; threads = 1)

Threads and messages of one task at a time. threads 0: one for each processor.
"""
mutable struct Context
    handle::Ptr{eqf_context}
    function Context(; threads::Integer = 1)
        options = Ref(eqf_context_options(threads = threads))
        made = Ref{Ptr{eqf_context}}(C_NULL)
        status = eqf_context_create(options, made)
        status == EQF_OK || throw(EquiformerError(status, unsafe_string(eqf_status_string(status))))
        finalizer(c -> eqf_context_free(c.handle), new(made[]))
    end
end

"Throws unless the status of a call with this context is success."
function check(context::Context, status::eqf_status)
    status == EQF_OK || throw(EquiformerError(status, unsafe_string(eqf_context_message(context.handle))))
    nothing
end

"""
    Model(path; context = Context())

A model file.
"""
mutable struct Model
    handle::Ptr{eqf_model}
    function Model(path::AbstractString; context::Context = Context())
        made = Ref{Ptr{eqf_model}}(C_NULL)
        GC.@preserve context check(context, eqf_model_load(context.handle, path, made))
        finalizer(m -> eqf_model_free(m.handle), new(made[]))
    end
end

cutoff(model::Model) = GC.@preserve model eqf_model_cutoff(model.handle)

"""
    Calculator(model; precision = Float64, context = Context())

Computes energies and their derivatives, in Float64 or Float32. Of one task at a time.
"""
mutable struct Calculator
    handle::Ptr{eqf_calculator}
    context::Context
    function Calculator(model::Model; precision::Type = Float64, context::Context = Context())
        kind = precision === Float64 ? EQF_FLOAT64 : precision === Float32 ? EQF_FLOAT32 :
            throw(ArgumentError("the precision is $precision, expected Float64 or Float32"))
        made = Ref{Ptr{eqf_calculator}}(C_NULL)
        GC.@preserve context model check(context, eqf_calculator_create(context.handle, model.handle, kind, made))
        finalizer(c -> eqf_calculator_free(c.handle), new(made[], context))
    end
end

# --- computing ------------------------------------------------------------------------------------------------------------

# Calls body with the library's struct, whose arrays stay alive as long.
function with_system(body, numbers, positions, cell, pbc)
    size(positions) == (3, length(numbers)) ||
        throw(DimensionMismatch("positions have the size $(size(positions)), expected (3, $(length(numbers)))"))
    z, r = Vector{Cint}(numbers), Matrix{Cdouble}(positions)
    c = cell === nothing ? nothing : Matrix{Cdouble}(cell)
    flags = Vector{Cint}(collect(pbc))
    GC.@preserve z r c flags begin
        body(Ref(eqf_system(
            natoms = length(z),
            atomic_numbers = pointer(z),
            positions = pointer(r),
            cell = c === nothing ? C_NULL : pointer(c),
            pbc = c === nothing ? C_NULL : pointer(flags),
        )))
    end
end

"""
    compute(calculator, numbers, positions; cell = nothing, pbc = (true, true, true), stress = false)

Energy and forces (3 x natoms), and the stress (3 x 3) of a system that is periodic in three directions. positions are
3 x natoms; lattice vectors are the columns of cell.
"""
function compute(
    calculator::Calculator,
    numbers::AbstractVector{<:Integer},
    positions::AbstractMatrix{<:Real};
    cell::Union{Nothing,AbstractMatrix{<:Real}} = nothing,
    pbc = (true, true, true),
    stress::Bool = false,
)
    energy, forces, tensor = zeros(Cdouble, 1), zeros(Cdouble, 3, length(numbers)), zeros(Cdouble, 3, 3)
    context = calculator.context
    with_system(numbers, positions, cell, pbc) do system
        GC.@preserve energy forces tensor calculator context begin
            results = Ref(eqf_results(
                energy = pointer(energy),
                forces = pointer(forces),
                stress = stress ? pointer(tensor) : C_NULL,
            ))
            check(context, eqf_calculator_compute(context.handle, calculator.handle, system, results))
        end
    end
    (energy = energy[1], forces = forces, stress = stress ? tensor : nothing)
end

"""
    hessian(calculator, numbers, positions; cell = nothing, pbc = (true, true, true))

Second derivatives of the energy, 3 natoms x 3 natoms.
"""
function hessian(calculator::Calculator, numbers, positions; cell = nothing, pbc = (true, true, true))
    n, context = 3 * length(numbers), calculator.context
    matrix = zeros(Cdouble, n, n)
    with_system(numbers, positions, cell, pbc) do system
        GC.@preserve matrix calculator context begin
            status = eqf_calculator_hessian(context.handle, calculator.handle, system, C_NULL, pointer(matrix))
            check(context, status)
        end
    end
    matrix
end

"""
    wigner_3j(l1, l2, l3; context = Context())

C[m3, m2, m1] of real irreps, indices in the order of Julia's memory, in the sign convention of e3nn 0.5.
"""
function wigner_3j(l1::Integer, l2::Integer, l3::Integer; context::Context = Context())
    c = zeros(Cdouble, 2l3 + 1, 2l2 + 1, 2l1 + 1)
    GC.@preserve c context check(context, eqf_wigner_3j(context.handle, EQF_CG_E3NN_05, l1, l2, l3, pointer(c)))
    c
end

end
