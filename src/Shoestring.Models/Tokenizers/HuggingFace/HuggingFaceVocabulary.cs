using System.Text;
using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Reads a Hugging Face folder's tokenizer: tokenizer.json, and from tokenizer_config.json, special_tokens_map.json and
/// chat_template.jinja which pieces have which role (huggingface/tokenizers and transformers, their JSON formats).
/// </summary>
public static class HuggingFaceVocabulary
{
    const long MaximumBytes = 1 << 28;

    /// <summary>Reads the folder, or the tokenizer.json with its neighbours.</summary>
    /// <exception cref="ModelFileException">A file is missing, damaged, or describes a tokenizer that is not handled.</exception>
    public static Vocabulary Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        string file = Directory.Exists(path) ? Path.Combine(path, "tokenizer.json") : path;
        byte[] tokenizer = TryRead(file) ?? throw new ModelFileException("there is no tokenizer.json", folder, "fetch the model's tokenizer files too");
        byte[]? template = TryRead(Path.Combine(folder, "chat_template.jinja"));
        Vocabulary vocabulary = Parse(
            tokenizer, TryRead(Path.Combine(folder, "tokenizer_config.json")), TryRead(Path.Combine(folder, "special_tokens_map.json")), file);
        return template is null ? vocabulary : vocabulary with { ChatTemplate = Encoding.UTF8.GetString(template) };
    }

    /// <summary>Reads the files' contents.</summary>
    /// <param name="tokenizer">tokenizer.json.</param>
    /// <param name="config">tokenizer_config.json, if there is one.</param>
    /// <param name="specialMap">special_tokens_map.json, if there is one.</param>
    /// <param name="source">Named in messages.</param>
    /// <exception cref="ModelFileException">One is damaged, or describes a tokenizer that is not handled.</exception>
    public static Vocabulary Parse(ReadOnlyMemory<byte> tokenizer, byte[]? config, byte[]? specialMap, string source)
    {
        var json = new JsonView(source);
        using JsonDocument document = json.Parse(tokenizer);
        using JsonDocument? configDocument = config is not null ? json.Parse(config) : null;
        using JsonDocument? mapDocument = specialMap is not null ? json.Parse(specialMap) : null;
        var pieces = new HuggingFacePieces(json, document.RootElement);
        var pipeline = new HuggingFacePipeline(json, document.RootElement);
        Vocabulary vocabulary = new()
        {
            Source = source,
            Kind = pipeline.Kind,
            Pieces = pieces.Pieces,
            Types = pieces.Types,
            Merges = pieces.Merges,
            StripLeft = pieces.StripLeft,
            StripRight = pieces.StripRight,
            PreTokenizerPatterns = pipeline.Patterns,
            SpacePrefix = pipeline.SpacePrefix,
            SpacePrefixOnlyBeforeText = pipeline.SpacePrefixOnlyBeforeText,
            IgnoreMerges = pieces.IgnoreMerges,
        };
        return HuggingFaceRoles.Apply(vocabulary, json, pieces, document.RootElement, configDocument?.RootElement, mapDocument?.RootElement);
    }

    static byte[]? TryRead(string path)
    {
        var info = new FileInfo(path);
        if (!info.Exists)
            return null;
        if (info.Length > MaximumBytes)
            throw new ModelFileException($"it has {info.Length} bytes, expected at most {MaximumBytes}", path, "take the model's own tokenizer file");
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException($"cannot be read: {error.Message}", path, "check the file and its permissions", error);
        }
    }
}
