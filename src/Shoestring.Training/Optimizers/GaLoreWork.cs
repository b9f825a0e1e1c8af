using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// Projects a gradient, takes Adam's step in the subspace and turns it back, for 16 of the long side's channels a chunk: columns of a wide
/// matrix, rows of a tall one. Sums run over the short side in order.
/// </summary>
sealed class GaLoreWork(int rank, int threads, MemoryAccount account) : ChunkedWork, IDisposable
{
    const int Lanes = PackedLayout.GroupRows;
    const int Slots = 2;
    readonly NativeBuffer scratch = new(ScratchBytes(rank, threads), MemoryKind.Scratch, account);
    AdamRule rule;
    OptimizedParameter? parameter;
    ParameterState? state;
    ParameterUpdate update;
    float scale, keep, factor;

    /// <summary>Bytes of all threads.</summary>
    public static long ScratchBytes(int rank, int threads) => (long)threads * Slots * Lanes * rank * sizeof(float);

    public int Chunks => (Math.Max(parameter!.Rows, parameter.Columns) + Lanes - 1) / Lanes;

    bool IsWide => parameter!.Rows <= parameter.Columns;

    public void Prepare(AdamRule nextRule, OptimizedParameter nextParameter, ParameterState nextState, ParameterUpdate nextUpdate, float nextScale, float nextKeep)
    {
        (rule, parameter, state, update, scale, keep) = (nextRule, nextParameter, nextState, nextUpdate, nextScale, nextKeep);
        factor = (float)update.GradientFactor;
    }

    public override void Run(int chunk, int worker)
    {
        int first = chunk * Lanes, count = Math.Min(Lanes, Math.Max(parameter!.Rows, parameter.Columns) - first);
        Span<float> room = scratch.Span<float>((long)worker * Slots * Lanes * rank * sizeof(float), Slots * Lanes * rank);
        Span<float> low = room[..(count * rank)], step = room[(Lanes * rank)..][..(count * rank)];
        room.Clear();
        ReadOnlySpan<float> projector = state!.Values(2).Span(0, Math.Min(parameter.Rows, parameter.Columns) * rank);
        Walk(first, count, low, projector, project: true);
        UpdateLoop.Run(rule, step, low, state.Values(0).Span((long)first * rank, count * rank), state.Values(1).Span((long)first * rank, count * rank));
        Walk(first, count, step, projector, project: false);
    }

    // Elements in the order in which they lie in memory, group by group.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Walk(int first, int count, Span<float> vectors, ReadOnlySpan<float> projector, bool project)
    {
        int firstGroup = IsWide ? 0 : first / Lanes, groups = IsWide ? parameter!.Groups : 1;
        int firstColumn = IsWide ? first : 0, columns = IsWide ? count : parameter!.Columns;
        for (int group = firstGroup; group < firstGroup + groups; group++)
        {
            int rows = Math.Min(Lanes, parameter!.Rows - (group * Lanes));
            long start = (((long)group * parameter.Columns) + firstColumn) * Lanes;
            ReadOnlySpan<float> gradient = update.Gradient.Span(start, columns * Lanes);
            Span<float> weights = update.Weights.Span(start, columns * Lanes);
            for (int column = 0; column < columns; column++)
            {
                for (int lane = 0; lane < rows; lane++)
                {
                    int i = (column * Lanes) + lane, row = (group * Lanes) + lane;
                    ReadOnlySpan<float> side = projector.Slice((IsWide ? row : firstColumn + column) * rank, rank);
                    Span<float> vector = vectors.Slice((IsWide ? column : row - first) * rank, rank);
                    if (project)
                    {
                        AddScaled(vector, gradient[i] * factor, side);
                    }
                    else
                    {
                        weights[i] = (weights[i] * keep) + (scale * Dot(vector, side));
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AddScaled(Span<float> y, float a, ReadOnlySpan<float> x)
    {
        ref float to = ref MemoryMarshal.GetReference(y), from = ref MemoryMarshal.GetReference(x);
        int i = 0;
        for (; i + 8 <= x.Length; i += 8)
        {
            (Vector256.LoadUnsafe(ref to, (nuint)i) + (Vector256.LoadUnsafe(ref from, (nuint)i) * a)).StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < x.Length; i++)
        {
            y[i] += x[i] * a;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        ref float a = ref MemoryMarshal.GetReference(x), b = ref MemoryMarshal.GetReference(y);
        Vector256<float> sums = default;
        int i = 0;
        for (; i + 8 <= x.Length; i += 8)
        {
            sums += Vector256.LoadUnsafe(ref a, (nuint)i) * Vector256.LoadUnsafe(ref b, (nuint)i);
        }

        float sum = Vector256.Sum(sums);
        for (; i < x.Length; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }

    /// <inheritdoc/>
    public void Dispose() => scratch.Dispose();
}
