using System.Runtime.InteropServices;
using static Shoestring.Tensors.Register;

namespace Shoestring.Tensors;

/// <summary>What the emitted routine for halves is called with; its code knows the fields by their place.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HalfArguments
{
    /// <summary>Weights of a group: 16 halves a channel.</summary>
    public byte* First;

    /// <summary>Weights of the group that goes with it.</summary>
    public byte* Second;

    /// <summary>The activation row.</summary>
    public float* Inputs;

    /// <summary>Channels, two by two.</summary>
    public nint Pairs;

    /// <summary>What to ask for meanwhile: as many bytes as <see cref="First"/> has.</summary>
    public byte* FirstAhead;

    /// <summary>The same for <see cref="Second"/>.</summary>
    public byte* SecondAhead;

    /// <summary>The sums of both groups, which it adds to: 32 floats.</summary>
    public float* Sums;
}

/// <summary>
/// A routine that multiplies F16 weights of two groups of 16 rows with one activation row: vcvtph2ps widens 16 halves at once, where
/// integer arithmetic takes eight instructions. The order of the sums, and so every bit, is that of <see cref="IFloatKernel"/>.
/// </summary>
internal static unsafe class EmittedHalves
{
    const int Pairs = 24, Sums = 48;

    static readonly delegate* unmanaged<HalfArguments*, void> Placed = Place();

    /// <summary>Runs it; only where <see cref="EmittedDots.IsSupported"/>.</summary>
    public static void Routine(HalfArguments* arguments) => Placed(arguments);

    static delegate* unmanaged<HalfArguments*, void> Place()
    {
        byte* code = ExecutableMemory.Place(Emit());
        return code != null ? (delegate* unmanaged<HalfArguments*, void>)code : throw new OutOfMemoryException("the system gives no memory for machine code");
    }

    /// <summary>rsi and rdx the weights, rax the inputs, rcx and r8 what is asked for, r10 pairs left, r9 the sums, zmm0 and zmm1 the sums.</summary>
    internal static ReadOnlySpan<byte> Emit()
    {
        Assembler code = new();
        code.Move(new Address(Rdi), Rsi);
        code.Move(new Address(Rdi, 8), Rdx);
        code.Move(new Address(Rdi, 16), Rax);
        code.Move(new Address(Rdi, Pairs), R10);
        code.Move(new Address(Rdi, 32), Rcx);
        code.Move(new Address(Rdi, 40), R8);
        code.Move(new Address(Rdi, Sums), R9);
        code.Load(new Address(R9), 0);
        code.Load(new Address(R9, 64), 1);
        int pair = code.Here;
        code.Prefetch(new Address(Rcx));
        code.Prefetch(new Address(R8));
        for (int channel = 0; channel < 2; channel++)
        {
            code.LoadHalves(new Address(Rsi, channel * 32), 24 + channel);
            code.LoadHalves(new Address(Rdx, channel * 32), 26 + channel);
            code.MultiplyAdd(24 + channel, new Address(Rax, channel * sizeof(float)), 0);
            code.MultiplyAdd(26 + channel, new Address(Rax, channel * sizeof(float)), 1);
        }
        code.Add(64, Rsi);
        code.Add(64, Rdx);
        code.Add(2 * sizeof(float), Rax);
        code.Add(64, Rcx);
        code.Add(64, R8);
        code.Add(-1, R10);
        code.JumpIfNotZero(pair);
        code.Store(0, new Address(R9));
        code.Store(1, new Address(R9, 64));
        code.ZeroUpper();
        code.Return();
        return code.Code;
    }
}
