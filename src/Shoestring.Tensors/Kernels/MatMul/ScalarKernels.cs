namespace Shoestring.Tensors;

/// <summary>The reference: plain loops in the order that the interface fixes.</summary>
internal unsafe struct ScalarKernels : IIntegerKernel, IFloatKernel
{
    public static void Multiply<TDecoder>(Tile tile, int blocks, byte* records, int rows, float* sums) where TDecoder : struct, ITileDecoder
    {
        for (int t = 0; t < rows; t++)
        {
            for (int r = 0; r < PackedLayout.GroupRows; r++)
            {
                sums[t * 16 + r] = Row<TDecoder>(tile, blocks, records + t * PackedActivations.RecordBytes, r, sums[t * 16 + r]);
            }
        }
    }

    static float Row<TDecoder>(Tile tile, int blocks, byte* record, int r, float sum) where TDecoder : struct, ITileDecoder
    {
        int quads = TDecoder.SubBlock / 4;
        int subBlocks = blocks * 32 / TDecoder.SubBlock;
        float* total = (float*)(record + (quads == 8 ? PackedActivations.Sum32 : PackedActivations.Sum16));
        float* scaled = (float*)(record + (quads == 8 ? PackedActivations.ScaledSum32 : PackedActivations.ScaledSum16));
        for (int s = 0; s < subBlocks; s++)
        {
            int dot = 0;
            for (int k = s * TDecoder.SubBlock; k < (s + 1) * TDecoder.SubBlock; k++)
            {
                dot += tile.W[k / 4 * 64 + r * 4 + k % 4] * ((sbyte*)record)[k];
            }
            float f = dot - TDecoder.Offset * total[s];
            float d = ((float*)(record + PackedActivations.Scale))[s * TDecoder.SubBlock / 32];
            sum = MathF.FusedMultiplyAdd(f, tile.Scale[s * 16 + r] * d, sum);
            if (TDecoder.HasMinimum)
            {
                sum = MathF.FusedMultiplyAdd(-tile.Minimum[s * 16 + r], scaled[s], sum);
            }
        }
        return sum;
    }

    public static void Multiply(float* weights, int channels, float* activations, int rows, float* sums)
    {
        for (int t = 0; t < rows; t++)
        {
            float* x = activations + t * Tile.Channels;
            for (int k = 0; k < channels; k++)
            {
                for (int r = 0; r < 16; r++)
                {
                    sums[t * 16 + r] = MathF.FusedMultiplyAdd(weights[k * 16 + r], x[k], sums[t * 16 + r]);
                }
            }
        }
    }
}
