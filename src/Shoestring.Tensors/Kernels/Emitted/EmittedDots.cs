using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>The emitted routines of this process: made when they are first wanted, kept to the end.</summary>
internal static unsafe class EmittedDots
{
    static readonly Lock Gate = new();
    static readonly Dictionary<DotShape, nint> Routines = [];

    // CPUID leaf 7: AVX-512 F, DQ, BW and VL in EBX, VNNI in ECX.
    const int WideSets = 1 << 16 | 1 << 17 | 1 << 30 | 1 << 31;
    const int Vnni = 1 << 11;

    // XCR0: the system keeps SSE and AVX registers, opmasks and both halves of the 512-bit ones.
    const uint WideState = 0b1110_0110;

    /// <summary>Whether emitted code can run: 64-bit Linux on a processor with AVX-512 VNNI, in a process that may map code.</summary>
    public static bool IsSupported { get; } =
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64 && IsWide()
        && (X86Base.CpuId(7, 0).Ecx & Vnni) != 0 && ExecutableMemory.Place([0xC3]) != null;

    // A runtime that compiles when the program runs has looked at the processor, and its switches are to be heeded. Ahead of time
    // the answer is what the executable was compiled for, which says nothing of emitted code: here it is asked of the processor.
    static bool IsWide() => RuntimeFeature.IsDynamicCodeCompiled
        ? Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported
        : X86Base.IsSupported && (X86Base.CpuId(7, 0).Ebx & WideSets) == WideSets && (EnabledState() & WideState) == WideState;

    // xor ecx, ecx; xgetbv; ret. Every processor with AVX has it, but no intrinsic.
    static uint EnabledState()
    {
        byte* code = Avx.IsSupported ? ExecutableMemory.Place([0x31, 0xC9, 0x0F, 0x01, 0xD0, 0xC3]) : null;
        return code != null ? ((delegate* unmanaged<uint>)code)() : 0;
    }

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
