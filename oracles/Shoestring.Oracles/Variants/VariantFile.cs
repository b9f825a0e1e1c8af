using Shoestring.LlamaCpp;

namespace Shoestring.Oracles;

/// <summary>A <see cref="Variant"/> as a file that lasts as long as this object, and llama.cpp's logits for it.</summary>
sealed class VariantFile : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-variant-").FullName;
    readonly Variant variant;

    /// <param name="variant">What to write.</param>
    /// <param name="type">Type of every matrix; llama.cpp's own quantizer encodes it.</param>
    public VariantFile(Variant variant, LlamaFileType type = LlamaFileType.F32)
    {
        this.variant = variant;
        Path = System.IO.Path.Combine(folder, $"{variant.Name}-F32.gguf");
        RandomModel.Write(Path, variant);
        if (type == LlamaFileType.F32)
            return;
        var encoded = System.IO.Path.Combine(folder, $"{variant.Name}-{type}.gguf");
        LlamaQuantizer.Quantize(Path, encoded, type, pure: true);
        Path = encoded;
    }

    /// <summary>The GGUF file.</summary>
    public string Path { get; }

    /// <summary>
    /// llama.cpp's logits <c>[token][vocabulary]</c>, with the cache in F32 and attention computed whole, so that nothing but
    /// the weights' own format and the activations' quantization is approximate.
    /// </summary>
    public float[][] Logits(ReadOnlySpan<int> tokens)
    {
        using var model = LlamaModel.Load(Path);
        using var context = model.Open(new() { Context = variant.Context, CacheType = 0, Flash = FlashAttention.Off, Threads = 1 });
        return variant.Window > 0 ? context.WindowedLogits(tokens, variant.Window) : context.AllLogits(tokens);
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(folder, recursive: true);
}
