using System.Text;

namespace Shoestring.LlamaCpp;

/// <summary>A model's weights and vocabulary in llama.cpp. <see cref="Open"/> makes contexts to run it in.</summary>
public sealed unsafe class LlamaModel : IDisposable
{
    readonly nint vocabulary;

    LlamaModel(nint handle)
    {
        Handle = handle;
        vocabulary = Native.llama_model_get_vocab(handle);
    }

    internal nint Handle { get; private set; }

    /// <summary>Number of token ids.</summary>
    public int VocabularySize => Native.llama_vocab_n_tokens(vocabulary);

    /// <summary>Id of the token at a text's beginning, -1 when there is none.</summary>
    public int BeginToken => Native.llama_vocab_bos(vocabulary);

    /// <summary>Id of the token at a text's end, -1 when there is none.</summary>
    public int EndToken => Native.llama_vocab_eos(vocabulary);

    /// <summary>Whether the model wants <see cref="BeginToken"/> before every text.</summary>
    public bool AddsBeginToken => Native.llama_vocab_get_add_bos(vocabulary) != 0;

    /// <summary>Tokens in the sliding attention window that llama.cpp honours, 0 for none.</summary>
    public int SlidingWindow => Native.llama_model_n_swa(Handle);

    /// <summary>Loads a GGUF file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="repack">Whether weights may be rearranged for the CPU's kernels, llama.cpp's default.</param>
    /// <param name="vocabularyOnly">Whether to leave the weights out.</param>
    /// <exception cref="LlamaException">llama.cpp refuses the file.</exception>
    public static LlamaModel Load(string path, bool repack = true, bool vocabularyOnly = false)
    {
        LlamaRuntime.Start();
        LlamaRuntime.TakeLog();
        var parameters = Native.llama_model_default_params();
        parameters.UseExtraBuffers = (byte)(repack ? 1 : 0);
        parameters.VocabularyOnly = (byte)(vocabularyOnly ? 1 : 0);
        var handle = Native.llama_model_load_from_file(path, parameters);
        return handle != 0 ? new(handle) : throw LlamaRuntime.Failure($"cannot load {path}");
    }

    /// <summary>Makes a context: a cache and buffers for the given sizes.</summary>
    public LlamaContext Open(LlamaOptions? options = null) => new(this, options ?? new());

    /// <summary>Token ids of <paramref name="text"/>; spellings of special tokens count as those tokens.</summary>
    /// <param name="text">UTF-8 bytes.</param>
    /// <param name="begin">Whether the begin token may be put first, if the model wants it.</param>
    public int[] Tokenize(ReadOnlySpan<byte> text, bool begin = true)
    {
        var ids = new int[text.Length + 8];
        fixed (byte* first = text)
        fixed (int* target = ids)
        {
            var count = Native.llama_tokenize(vocabulary, first, text.Length, target, ids.Length, (byte)(begin ? 1 : 0), 1);
            return count >= 0 ? ids[..count] : throw LlamaRuntime.Failure($"tokenizing {text.Length} bytes needs {-count} ids");
        }
    }

    /// <inheritdoc cref="Tokenize(ReadOnlySpan{byte}, bool)"/>
    public int[] Tokenize(string text, bool begin = true) => Tokenize(Encoding.UTF8.GetBytes(text), begin);

    /// <summary>A token's bytes; special tokens by their spelling.</summary>
    public byte[] Piece(int token)
    {
        Span<byte> buffer = stackalloc byte[1024];
        fixed (byte* first = buffer)
        {
            var count = Native.llama_token_to_piece(vocabulary, token, first, buffer.Length, 0, 1);
            return count >= 0 ? buffer[..count].ToArray() : throw LlamaRuntime.Failure($"token {token} has no piece");
        }
    }

    /// <summary>The text of <paramref name="tokens"/>; bytes that are no UTF-8 become U+FFFD.</summary>
    public string Text(IEnumerable<int> tokens) => Encoding.UTF8.GetString([.. tokens.SelectMany(Piece)]);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Handle != 0)
            Native.llama_model_free(Handle);
        Handle = 0;
    }
}
