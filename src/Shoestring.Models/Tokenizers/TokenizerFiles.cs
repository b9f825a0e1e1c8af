using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Finds the tokenizer that goes with a model.</summary>
public static class TokenizerFiles
{
    const long MaximumBytes = 1 << 28;

    /// <summary>The tokenizer of an open model: a GGUF's own, a folder's tokenizer files, or tokenizer.bin beside a llama2.c model.</summary>
    /// <exception cref="ModelFileException">There is none, or one that is not handled.</exception>
    public static Tokenizer Load(ModelFile model) => Tokenizer.Create(ReadVocabulary(model));

    /// <summary>The same as plain data.</summary>
    /// <inheritdoc cref="Load(ModelFile)"/>
    public static Vocabulary ReadVocabulary(ModelFile model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model switch
        {
            GgufFile gguf => GgufVocabulary.Read(gguf.Metadata, gguf.Path),
            Llama2cFile => FromLlama2c(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(model.Path))!, "tokenizer.bin")),
            _ => FromFolder(Directory.Exists(model.Path) ? model.Path : Path.GetDirectoryName(Path.GetFullPath(model.Path))!),
        };
    }

    /// <summary>The tokenizer of what a path names: a GGUF (vocabulary-only too), a folder, tokenizer.json, tokenizer.model or tokenizer.bin.</summary>
    /// <exception cref="ModelFileException">There is none, or one that is not handled.</exception>
    public static Tokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            _ when Directory.Exists(path) => Tokenizer.Create(FromFolder(path)),
            ".json" => Tokenizer.Create(HuggingFaceVocabulary.Read(path)),
            ".model" => Tokenizer.Create(FromSentencePiece(path)),
            ".bin" when Path.GetFileName(path).StartsWith("tok", StringComparison.Ordinal) => Tokenizer.Create(FromLlama2c(path)),
            _ => LoadModel(path),
        };
    }

    static Tokenizer LoadModel(string path)
    {
        using ModelFile model = ModelFiles.Open(path);
        return Load(model);
    }

    static Vocabulary FromFolder(string folder)
    {
        string model = Path.Combine(folder, "tokenizer.model");
        return !File.Exists(Path.Combine(folder, "tokenizer.json")) && File.Exists(model)
            ? FromSentencePiece(model)
            : HuggingFaceVocabulary.Read(folder);
    }

    static Vocabulary FromSentencePiece(string path)
    {
        var info = new FileInfo(path);
        if (!info.Exists || info.Length > MaximumBytes)
            throw new ModelFileException(info.Exists ? $"it has {info.Length} bytes" : "there is no such file", path, "name a SentencePiece model");
        try
        {
            return SentencePieceModel.Parse(File.ReadAllBytes(path), path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException($"cannot be read: {error.Message}", path, "check the file and its permissions", error);
        }
    }

    /// <summary>llama2.c's form of a SentencePiece vocabulary: spaces for U+2581, line feeds around the special pieces.</summary>
    static Vocabulary FromLlama2c(string path)
    {
        Llama2cVocabulary file = Llama2cVocabulary.Read(path);
        var builder = new PieceListBuilder(file.Pieces.Count);
        var types = new PieceType[file.Pieces.Count];
        for (int id = 0; id < types.Length; id++)
        {
            string text = Encoding.UTF8.GetString(file.Pieces[id].Span);
            types[id] = id == 0 ? PieceType.Unknown : id < 3 ? PieceType.Control : id < 259 ? PieceType.Byte : PieceType.Normal;
            builder.Add(id < 3 ? Encoding.UTF8.GetBytes(text.Trim()) : SpacedPieces.Escape(file.Pieces[id].Span, spaceBefore: false));
        }
        return new Vocabulary
        {
            Source = path,
            Kind = VocabularyKind.SentencePiece,
            Pieces = builder.Build(),
            Scores = [.. file.Scores],
            Types = types,
            Unknown = 0,
            Bos = types.Length > 1 ? 1 : null,
            Eos = types.Length > 2 ? 2 : null,
        };
    }
}
