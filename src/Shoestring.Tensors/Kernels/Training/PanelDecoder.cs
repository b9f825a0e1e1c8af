using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Shoestring.Tensors;

/// <summary>
/// Turns one group of 16 outputs of any format into panels whose lanes are input channels, tile by tile through the decoders of
/// the forward products. All paths decode alike: a quantized weight is fma(w − offset, scale, −minimum).
/// </summary>
internal static unsafe class PanelDecoder
{
    const int Lanes = PackedLayout.GroupRows;

    /// <summary>Writes output r of the group to <c>target[panel][r][16 inputs]</c>.</summary>
    /// <param name="weights">The matrix.</param>
    /// <param name="group">Which group.</param>
    /// <param name="target"><see cref="PanelWork.PanelFloats"/> floats from panel to panel; missing inputs are zero.</param>
    /// <param name="scratch">Room for a tile of floats or of integers: <see cref="MatMulWork.ScratchBytes"/> have it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The format is not a known one.</exception>
    public static void Run(PackedMatrix weights, int group, float* target, byte* scratch)
    {
        switch (weights.Format)
        {
            case TensorFormat.F32: Floats<F32Tile>(weights, group, target, scratch); break;
            case TensorFormat.F16: Floats<F16Tile>(weights, group, target, scratch); break;
            case TensorFormat.BF16: Floats<BF16Tile>(weights, group, target, scratch); break;
            case TensorFormat.Q4_0: Integers<Q4_0Tile>(weights, group, target, scratch); break;
            case TensorFormat.Q4_1: Integers<Q4_1Tile>(weights, group, target, scratch); break;
            case TensorFormat.Q5_0: Integers<Q5_0Tile>(weights, group, target, scratch); break;
            case TensorFormat.Q5_1: Integers<Q5_1Tile>(weights, group, target, scratch); break;
            case TensorFormat.Q8_0: Integers<Q8_0Tile>(weights, group, target, scratch); break;
            case TensorFormat.IQ4_NL: Integers<IQ4_NLTile>(weights, group, target, scratch); break;
            case TensorFormat.Q2_K: Integers<Q2_KTile>(weights, group, target, scratch); break;
            case TensorFormat.Q3_K: Integers<Q3_KTile>(weights, group, target, scratch); break;
            case TensorFormat.Q4_K: Integers<Q4_KTile>(weights, group, target, scratch); break;
            case TensorFormat.Q5_K: Integers<Q5_KTile>(weights, group, target, scratch); break;
            case TensorFormat.Q6_K: Integers<Q6_KTile>(weights, group, target, scratch); break;
            case TensorFormat.IQ2_XXS: Integers<IQ2_XXSTile>(weights, group, target, scratch); break;
            case TensorFormat.S24_8: Integers<S24_8Tile>(weights, group, target, scratch); break;
            case TensorFormat.S24_4: Integers<S24_4Tile>(weights, group, target, scratch); break;
            case TensorFormat.NF4: Floats<NF4Tile>(weights, group, target, scratch); break;
            default: throw new ArgumentOutOfRangeException(nameof(weights), weights.Format, "not a known tensor format");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Floats<TDecoder>(PackedMatrix weights, int group, float* target, byte* scratch) where TDecoder : struct, IFloatDecoder
    {
        for (int first = 0; first < weights.Columns; first += Tile.Channels)
        {
            int count = Math.Min(Tile.Channels, weights.Columns - first);
            float* decoded = TDecoder.Decode(weights.Group(group), first, count, (float*)scratch);
            for (int c = 0; c < count; c += Lanes, target += PanelWork.PanelFloats)
            {
                int width = Math.Min(Lanes, count - c);
                if (width < Lanes)
                {
                    new Span<float>(target, Lanes * Lanes).Clear();
                }
                Transposition.Run(decoded + c * Lanes, Lanes, width, Lanes, target, Lanes);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Integers<TDecoder>(PackedMatrix weights, int group, float* target, byte* scratch) where TDecoder : struct, ITileDecoder
    {
        Tile tile = Tile.Over(scratch);
        Planes planes = new(weights.Group(group), weights.Layout);
        int blocks = weights.Columns / 32;
        for (int k = 0; k * Tile.Blocks < blocks; k++)
        {
            int count = Math.Min(Tile.Blocks, blocks - k * Tile.Blocks);
            TDecoder.Decode(in planes, k, count, tile);
            for (int half = 0; half < 2 * count; half++, target += PanelWork.PanelFloats)
            {
                int sub = (TDecoder.SubBlock == 32 ? half / 2 : half) * Lanes;
                HalfBlock<TDecoder>(tile.W + half * 256, tile.Scale + sub, tile.Minimum + sub, target);
            }
        }
    }

    /// <summary>Sixteen channels of 16 rows. <paramref name="quads"/>: <c>[quad][row][channel of 4]</c></summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void HalfBlock<TDecoder>(byte* quads, float* scales, float* minimums, float* target) where TDecoder : struct, ITileDecoder
    {
        uint* words = (uint*)quads;
        Lanes256 offset = Lanes256.Create(TDecoder.Offset);
        for (int r = 0; r < Lanes; r++)
        {
            Vector128<byte> bytes = Vector128.Create(words[r], words[r + 16], words[r + 32], words[r + 48]).AsByte();
            Lanes256 whole = Lanes256.Subtract(Lanes256.FromBytes(bytes), offset), scale = Lanes256.Create(scales[r]);
            Lanes256 value = TDecoder.HasMinimum ? Lanes256.MultiplyAdd(whole, scale, Lanes256.Create(-minimums[r])) : Lanes256.Multiply(whole, scale);
            Lanes256.Store(value, target + r * Lanes);
        }
    }
}
