using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Shoestring.Training;

/// <summary>
/// An update that looks at one number at a time, written for eight of them. All operations round once and lane by lane, so that
/// every machine gives the same bits.
/// </summary>
interface IUpdateRule
{
    /// <summary>How many numbers are kept for each weight: 0, 1 or 2.</summary>
    static abstract int States { get; }

    /// <summary>The new weight; the kept numbers change.</summary>
    Vector256<float> Invoke(Vector256<float> weight, Vector256<float> gradient, ref Vector256<float> first, ref Vector256<float> second);
}

/// <summary>The loop of all such updates.</summary>
static class UpdateLoop
{
    const int Width = 8;

    /// <summary>Updates as many weights as there are gradients. Spans of numbers that the rule does not keep may be empty.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TRule>(in TRule rule, Span<float> weights, ReadOnlySpan<float> gradient, Span<float> first, Span<float> second)
        where TRule : struct, IUpdateRule
    {
        int i = 0;
        for (; i + Width <= gradient.Length; i += Width)
        {
            Step(rule, weights, gradient, first, second, i);
        }

        if (i < gradient.Length)
        {
            Rest(rule, weights[i..], gradient[i..], TRule.States > 0 ? first[i..] : first, TRule.States > 1 ? second[i..] : second);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Step<TRule>(in TRule rule, Span<float> weights, ReadOnlySpan<float> gradient, Span<float> first, Span<float> second, int i)
        where TRule : struct, IUpdateRule
    {
        Vector256<float> a = TRule.States > 0 ? Load(first, i) : default, b = TRule.States > 1 ? Load(second, i) : default;
        Store(rule.Invoke(Load(weights, i), Load(gradient, i), ref a, ref b), weights, i);
        if (TRule.States > 0)
        {
            Store(a, first, i);
        }

        if (TRule.States > 1)
        {
            Store(b, second, i);
        }
    }

    // The last numbers go through padded copies, so that they are computed alike.
    static void Rest<TRule>(in TRule rule, Span<float> weights, ReadOnlySpan<float> gradient, Span<float> first, Span<float> second)
        where TRule : struct, IUpdateRule
    {
        Span<float> room = stackalloc float[4 * Width];
        room.Clear();
        Span<float> w = room[..Width], g = room[Width..(2 * Width)], a = room[(2 * Width)..(3 * Width)], b = room[(3 * Width)..];
        int count = gradient.Length;
        weights[..count].CopyTo(w);
        gradient.CopyTo(g);
        (TRule.States > 0 ? first[..count] : default).CopyTo(a);
        (TRule.States > 1 ? second[..count] : default).CopyTo(b);
        Step(rule, w, g, a, b, 0);
        w[..count].CopyTo(weights);
        (TRule.States > 0 ? a[..count] : default).CopyTo(first);
        (TRule.States > 1 ? b[..count] : default).CopyTo(second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Load(ReadOnlySpan<float> values, int i) => Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(values), (nuint)i);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(Vector256<float> value, Span<float> values, int i) => value.StoreUnsafe(ref MemoryMarshal.GetReference(values), (nuint)i);
}
