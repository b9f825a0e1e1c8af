using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>The emitted routines of this process: made when they are first wanted, kept to the end.</summary>
internal static unsafe class EmittedDots
{
    static readonly Lock Gate = new();
    static readonly Dictionary<DotShape, nint> Routines = [];

    /// <summary>
    /// Whether emitted code can run: 64-bit Linux on a processor with AVX-512 VNNI, in a process that may map code. The
    /// runtime knows of the state that the system saves for 512-bit registers; of the extension itself, CPUID leaf 7, ECX bit 11.
    /// </summary>
    public static bool IsSupported { get; } =
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64
        && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported
        && (X86Base.CpuId(7, 0).Ecx >> 11 & 1) != 0
        && ExecutableMemory.Place([0xC3]) != null;

    /// <summary>The routine for a shape.</summary>
    /// <exception cref="OutOfMemoryException">The system has no memory for code.</exception>
    public static delegate* unmanaged<DotArguments*, void> Routine(DotShape shape)
    {
        lock (Gate)
        {
            if (!Routines.TryGetValue(shape, out nint routine))
            {
                byte* code = ExecutableMemory.Place(DotEmitter.Emit(shape));
                routine = code != null ? (nint)code : throw new OutOfMemoryException("the system gives no memory for machine code");
                Routines.Add(shape, routine);
            }
            return (delegate* unmanaged<DotArguments*, void>)routine;
        }
    }
}
