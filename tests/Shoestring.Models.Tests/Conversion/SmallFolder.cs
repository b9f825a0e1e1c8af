using System.Buffers.Binary;
using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>
/// A <see cref="SmallShape"/> as a Hugging Face folder that lasts as long as this object. Its weights are those of
/// <see cref="SmallModel"/>, put into the order and under the names that Hugging Face has.
/// </summary>
public sealed class SmallFolder : IDisposable
{
    readonly Dictionary<string, (string Type, long[] Shape, byte[] Bytes)> tensors = [];

    /// <param name="shape">What to write.</param>
    /// <param name="format">Format of every tensor: F32, F16 or BF16.</param>
    public SmallFolder(SmallShape shape, TensorFormat format)
    {
        Shape = shape;
        foreach (SmallTensor tensor in SmallTensors.Of(shape))
        {
            Add(tensor, format);
        }
        Config = SmallConfig.Of(shape);
        Write("tokenizer.json", SmallConfig.Tokenizer);
        Write("tokenizer_config.json", """{"bos_token":"<s>","eos_token":"</s>","unk_token":"<unk>","add_bos_token":true,"chat_template":"{{ bos_token }}<|im_start|>"}""");
        Save();
    }

    public SmallShape Shape { get; }

    /// <summary>The folder.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("shoestring-folder-").FullName;

    /// <summary>config.json's members, for a test to change before <see cref="Save"/>.</summary>
    public Dictionary<string, object?> Config { get; }

    /// <summary>Writes the weights and the configuration as they stand.</summary>
    public SmallFolder Save()
    {
        Write("config.json", SmallConfig.Json(Config));
        File.WriteAllBytes(System.IO.Path.Combine(Path, "model.safetensors"), Safetensors());
        return this;
    }

    /// <summary>Puts a tensor there, in the shape that the file says, slowest-varying first.</summary>
    public void Set(string name, string type, long[] shape, byte[] bytes) => tensors[name] = (type, shape, bytes);

    /// <summary>Takes a tensor away.</summary>
    public void Remove(string name) => tensors.Remove(name).ShouldBeTrue();

    public void Write(string name, string text) => File.WriteAllText(System.IO.Path.Combine(Path, name), text);

    public void Dispose() => Directory.Delete(Path, recursive: true);

    /// <summary>The values of a tensor as GGUF orders them, in a format.</summary>
    internal static byte[] Bytes(SmallTensor tensor, TensorFormat format)
    {
        byte[] bytes = new byte[format.TensorBytes(tensor.Shape)];
        format.Encode([.. SmallNumbers.Normal(tensor.Name, (int)tensor.Shape.Elements).Select(v => (float)(tensor.Mean + (tensor.Deviation * v)))], bytes);
        return bytes;
    }

    void Add(SmallTensor tensor, TensorFormat format)
    {
        (long columns, long rows) = (tensor.Shape.Columns, tensor.Shape.Rows);
        byte[] bytes = Bytes(tensor, format);
        int size = format.BlockBytes();
        string name = (Shape.IsGpt2 ? TensorNames.ToGpt2(tensor.Name) : TensorNames.ToHuggingFace(tensor.Name))!;
        if (Shape.IsGpt2 && rows > 1 && tensor.Name.StartsWith("blk.", StringComparison.Ordinal))
        {
            Set(name, format.Name(), [columns, rows], Turned(bytes, (int)columns, (int)rows, size));
        }
        else if (Shape.Architecture == "llama" && (tensor.Name.Contains("attn_q.") || tensor.Name.Contains("attn_k.")))
        {
            Set(name, format.Name(), [rows, columns], Halved(bytes, (int)columns * size));
        }
        else
        {
            Set(name, format.Name(), rows > 1 ? [rows, columns] : [columns], bytes);
        }
    }

    // [outputs, inputs] to [inputs, outputs].
    static byte[] Turned(byte[] bytes, int columns, int rows, int size)
    {
        byte[] turned = new byte[bytes.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                bytes.AsSpan(((row * columns) + column) * size, size).CopyTo(turned.AsSpan(((column * rows) + row) * size));
            }
        }
        return turned;
    }

    // Within each head, the even rows first and then the odd ones.
    byte[] Halved(byte[] bytes, int rowBytes)
    {
        List<byte> halved = new(bytes.Length);
        int head = Shape.HeadChannels * rowBytes;
        for (int start = 0; start < bytes.Length; start += head)
        {
            for (int odd = 0; odd < 2; odd++)
            {
                for (int row = odd; row < Shape.HeadChannels; row += 2)
                {
                    halved.AddRange(bytes.AsSpan(start + (row * rowBytes), rowBytes));
                }
            }
        }
        return [.. halved];
    }

    byte[] Safetensors()
    {
        using MemoryStream header = new(), file = new();
        using (Utf8JsonWriter json = new(header))
        {
            json.WriteStartObject();
            long offset = 0;
            foreach ((string name, (string type, long[] shape, byte[] bytes)) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", type);
                Numbers(json, "shape", shape);
                Numbers(json, "data_offsets", [offset, offset += bytes.Length]);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header.ToArray(), .. tensors.Values.SelectMany(tensor => tensor.Bytes)];
    }

    static void Numbers(Utf8JsonWriter json, string name, long[] numbers)
    {
        json.WriteStartArray(name);
        Array.ForEach(numbers, json.WriteNumberValue);
        json.WriteEndArray();
    }
}
