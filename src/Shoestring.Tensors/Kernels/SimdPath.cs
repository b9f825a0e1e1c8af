using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>The kernel sets, from plain loops to the widest vectors.</summary>
public enum SimdPath
{
    /// <summary>Plain loops: the reference.</summary>
    Scalar,

    /// <summary>Portable 128-bit vectors (Arm's AdvSimd, x86's SSE).</summary>
    Vector128,

    /// <summary>x86 AVX2 with FMA.</summary>
    Avx2,

    /// <summary>AVX2 with FMA and the 256-bit VNNI byte products.</summary>
    AvxVnni,

    /// <summary>AVX-512 F, BW, DQ and VL, with the 256-bit VNNI byte products where the processor has them.</summary>
    Avx512,

    /// <summary>AVX-512 with its own VNNI byte products, in emitted code.</summary>
    Avx512Vnni,
}

/// <summary>Which kernel set this process uses: the best the processor has, or the one named in SHOESTRING_ISA.</summary>
public static class Simd
{
    /// <summary>Environment variable that forces a path by name (scalar, vector128, avx2, avxvnni, avx512, avx512vnni).</summary>
    public const string Variable = "SHOESTRING_ISA";

    /// <summary>The best path that this processor and runtime support.</summary>
    public static SimdPath Best { get; } =
        EmittedDots.IsSupported ? SimdPath.Avx512Vnni
        : Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported ? SimdPath.Avx512
        : AvxVnni.IsSupported ? SimdPath.AvxVnni
        : Avx2.IsSupported && Fma.IsSupported ? SimdPath.Avx2
        : System.Runtime.Intrinsics.Vector128.IsHardwareAccelerated ? SimdPath.Vector128
        : SimdPath.Scalar;

    /// <summary>The path in use unless an operation is given another.</summary>
    /// <exception cref="InputException">SHOESTRING_ISA names an unknown path or one that this processor lacks.</exception>
    public static SimdPath Chosen { get; } = Choose(Environment.GetEnvironmentVariable(Variable));

    /// <summary>The paths that can run here, best first.</summary>
    public static IReadOnlyList<SimdPath> Available { get; } =
        [.. Enum.GetValues<SimdPath>().Where(IsAvailable).OrderDescending()];

    static bool IsAvailable(SimdPath path) => path switch
    {
        SimdPath.Avx512 => Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported,
        SimdPath.AvxVnni => AvxVnni.IsSupported,
        SimdPath.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        SimdPath.Vector128 => System.Runtime.Intrinsics.Vector128.IsHardwareAccelerated,
        _ => path <= Best,
    };

    internal static SimdPath Choose(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return Best;
        }
        if (!Enum.TryParse(name, ignoreCase: true, out SimdPath path) || !Enum.IsDefined(path))
        {
            throw new InputException($"unknown kernel set \"{name}\"", Variable, "use scalar, vector128, avx2, avxvnni, avx512 or avx512vnni");
        }
        return IsAvailable(path) ? path
            : throw new InputException($"this processor does not offer {name}", Variable, $"the best it has is {Best}");
    }
}
