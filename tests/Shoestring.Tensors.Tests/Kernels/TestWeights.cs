namespace Shoestring.Tensors.Tests;

/// <summary>Reproducible numbers and weights for kernel tests.</summary>
static class TestWeights
{
    /// <summary>Normally distributed floats by Box and Muller from a 64-bit linear congruential generator.</summary>
    public static float[] Normal(int count, ulong seed)
    {
        float[] values = new float[count];
        ulong state = seed * 0x9E3779B97F4A7C15 + 1;
        for (int i = 0; i < count; i++)
        {
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - Uniform(ref state))) * Math.Cos(2 * Math.PI * Uniform(ref state)));
        }
        return values;
    }

    static double Uniform(ref ulong state)
    {
        state = state * 6364136223846793005 + 1442695040888963407;
        return (state >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>A weight matrix in the file's bytes. IQ2_XXS, which is not encoded here, gets random indices and sane scales.</summary>
    public static byte[] Bytes(TensorFormat format, int rows, int columns)
    {
        float[] values = Normal(rows * columns, (ulong)(rows * 31 + columns));
        byte[] bytes = new byte[format.RowBytes(columns) * rows];
        if (format.CanEncode())
        {
            format.Encode(values, bytes);
            return bytes;
        }
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(values[i % values.Length] * 1000);
        }
        for (int b = 0; b < bytes.Length; b += format.BlockBytes())
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(b), (Half)(0.01f + b % 7 * 0.003f));
        }
        return bytes;
    }
}
