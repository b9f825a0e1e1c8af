using System.Reflection;
using System.Runtime.InteropServices;

namespace Shoestring.LlamaCpp;

// The functions of llama.h and ggml-backend.h that are called, under their own names.
static unsafe partial class Native
{
    const string Llama = "libllama.v0.5.0.so";
    const string Ggml = "libggml.v0.5.0.so";
    const string GgmlBase = "libggml-base.so";

    static Native() => NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, Resolve);

    static nint Resolve(string name, Assembly assembly, DllImportSearchPath? search) =>
        NativeLibrary.Load(Path.Combine(PeerPackage.Folder(), name));

    [LibraryImport(Llama)] internal static partial void llama_backend_init();
    [LibraryImport(Llama)] internal static partial void llama_log_set(delegate* unmanaged[Cdecl]<int, byte*, nint, void> callback, nint data);
    [LibraryImport(Llama)] internal static partial ModelParameters llama_model_default_params();
    [LibraryImport(Llama)] internal static partial ContextParameters llama_context_default_params();
    [LibraryImport(Llama)] internal static partial QuantizeParameters llama_model_quantize_default_params();
    [LibraryImport(Llama, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint llama_model_load_from_file(string path, ModelParameters parameters);
    [LibraryImport(Llama)] internal static partial void llama_model_free(nint model);
    [LibraryImport(Llama)] internal static partial nint llama_init_from_model(nint model, ContextParameters parameters);
    [LibraryImport(Llama)] internal static partial void llama_free(nint context);
    [LibraryImport(Llama)] internal static partial nint llama_model_get_vocab(nint model);
    [LibraryImport(Llama)] internal static partial int llama_model_n_swa(nint model);
    [LibraryImport(Llama)] internal static partial int llama_vocab_n_tokens(nint vocabulary);
    [LibraryImport(Llama)] internal static partial int llama_vocab_bos(nint vocabulary);
    [LibraryImport(Llama)] internal static partial int llama_vocab_eos(nint vocabulary);
    [LibraryImport(Llama)] internal static partial byte llama_vocab_get_add_bos(nint vocabulary);
    [LibraryImport(Llama)]
    internal static partial int llama_tokenize(nint vocabulary, byte* text, int bytes, int* ids, int capacity, byte special, byte parse);
    [LibraryImport(Llama)]
    internal static partial int llama_token_to_piece(nint vocabulary, int token, byte* text, int capacity, int strip, byte special);
    [LibraryImport(Llama)] internal static partial nint llama_get_memory(nint context);
    [LibraryImport(Llama)] internal static partial void llama_memory_clear(nint memory, byte data);
    [LibraryImport(Llama)] internal static partial byte llama_memory_seq_rm(nint memory, int sequence, int first, int end);
    [LibraryImport(Llama)] internal static partial Batch llama_batch_init(int capacity, int embedding, int sequencesPerToken);
    [LibraryImport(Llama)] internal static partial void llama_batch_free(Batch batch);
    [LibraryImport(Llama)] internal static partial int llama_decode(nint context, Batch batch);
    [LibraryImport(Llama)] internal static partial void llama_synchronize(nint context);
    [LibraryImport(Llama)] internal static partial float* llama_get_logits_ith(nint context, int row);
    [LibraryImport(Llama, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial uint llama_model_quantize(string input, string output, in QuantizeParameters parameters);
    [LibraryImport(Llama, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint llama_adapter_lora_init(nint model, string path);
    [LibraryImport(Llama)] internal static partial int llama_set_adapters_lora(nint context, nint* adapters, nuint count, float* scales);
    [LibraryImport(Llama)] internal static partial void llama_attach_threadpool(nint context, nint pool, nint batchPool);

    [LibraryImport(Ggml, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void ggml_backend_load_all_from_path(string folder);
    [LibraryImport(Ggml, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint ggml_backend_load(string path);
    [LibraryImport(GgmlBase)] internal static partial void ggml_threadpool_params_init(byte* parameters, int threads);

}
