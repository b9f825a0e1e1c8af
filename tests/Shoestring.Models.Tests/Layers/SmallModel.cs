using System.Runtime.InteropServices;
using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>A <see cref="SmallShape"/> as a GGUF file that lasts as long as this object.</summary>
public sealed class SmallModel : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-small-").FullName;

    /// <param name="shape">What to write.</param>
    /// <param name="format">Format of every matrix but those of shortcuts; these and vectors are F32.</param>
    public SmallModel(SmallShape shape, TensorFormat format)
    {
        Shape = shape;
        Path = System.IO.Path.Combine(folder, "small.gguf");
        Dictionary<string, SmallTensor> tensors = SmallTensors.Of(shape).ToDictionary(t => t.Name);
        TensorDeclaration[] declarations = [.. tensors.Values.Select(t => new TensorDeclaration(t.Name, t.Shape, t.Shape.Rows > 1 && !t.Name.EndsWith("_shortcut.weight", StringComparison.Ordinal) ? format : TensorFormat.F32))];
        GgufWriter.Write(Path, SmallMetadata.Of(shape), declarations, (declaration, stream) => stream.Write(Bytes(tensors[declaration.Name], declaration.Format)));
    }

    public SmallShape Shape { get; }

    /// <summary>The GGUF file.</summary>
    public string Path { get; }

    public LanguageModel Load()
    {
        using WorkerPool pool = new(1);
        return LanguageModel.Load(Path, pool);
    }

    static byte[] Bytes(SmallTensor tensor, TensorFormat format)
    {
        int count = (int)tensor.Shape.Elements;
        byte[] bytes = new byte[format.TensorBytes(tensor.Shape)];
        if (format.CanEncode())
        {
            float[] values = SmallNumbers.Normal(tensor.Name, count);
            format.Encode([.. values.Select(v => (float)(tensor.Mean + tensor.Deviation * v))], bytes);
            return bytes;
        }
        // Read but not written here: random bits are valid indices, and the scale is set for the deviation that is wanted.
        SmallNumbers.Bits(tensor.Name, bytes);
        SetScales(bytes, format, 1);
        float[] decoded = new float[count];
        format.Decode(bytes, decoded);
        SetScales(bytes, format, tensor.Deviation / Math.Sqrt(decoded.Average(v => (double)v * v)));
        return bytes;
    }

    static void SetScales(byte[] bytes, TensorFormat format, double scale)
    {
        for (int b = 0; b < bytes.Length; b += format.BlockBytes())
        {
            MemoryMarshal.Write(bytes.AsSpan(b), (Half)scale);
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}

/// <summary>Reproducible random numbers, a function of a name alone.</summary>
static class SmallNumbers
{
    public static float[] Normal(string name, int count)
    {
        ulong state = Seed(name);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - Uniform(ref state))) * Math.Cos(2 * Math.PI * Uniform(ref state)));
        }
        return values;
    }

    public static void Bits(string name, Span<byte> bytes)
    {
        ulong state = Seed(name);
        foreach (ref byte b in bytes)
        {
            b = (byte)(Uniform(ref state) * 256);
        }
    }

    public static int[] Tokens(string name, int count)
    {
        ulong state = Seed(name);
        return [1, .. Enumerable.Range(1, count - 1).Select(_ => 3 + (int)(Uniform(ref state) * (SmallShape.Vocabulary - 3)))];
    }

    static double Uniform(ref ulong state)
    {
        state = state * 6364136223846793005 + 1442695040888963407;
        return (state >> 11) * (1.0 / (1UL << 53));
    }

    // FNV-1a, 64 bits.
    static ulong Seed(string name) => Encoding.UTF8.GetBytes(name).Aggregate(0xcbf29ce484222325UL, (hash, b) => (hash ^ b) * 0x100000001b3UL);
}
