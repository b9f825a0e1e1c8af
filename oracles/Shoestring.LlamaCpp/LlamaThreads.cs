using System.Runtime.InteropServices;

namespace Shoestring.LlamaCpp;

// ggml's thread pool lives in the CPU backend, which llama.cpp loads itself: its functions are taken from there.
sealed unsafe class LlamaThreads : IDisposable
{
    // Larger than ggml_threadpool_params (a 512-byte mask and five fields); ggml's own function fills it in.
    const int ParameterBytes = 1024;

    readonly nint library = NativeLibrary.Load(LlamaRuntime.CpuLibrary());
    readonly nint pool;

    public LlamaThreads(int threads)
    {
        var parameters = stackalloc byte[ParameterBytes];
        Native.ggml_threadpool_params_init(parameters, threads);
        pool = ((delegate* unmanaged[Cdecl]<byte*, nint>)Export("ggml_threadpool_new"))(parameters);
        if (pool == 0)
            throw LlamaRuntime.Failure($"cannot start {threads} threads");
    }

    public void Attach(nint context) => Native.llama_attach_threadpool(context, pool, pool);

    // Paused workers sleep on a condition; unpaused ones poll for a while first and would take a core from the other side.
    public void Pause() => Call("ggml_threadpool_pause");

    public void Resume() => Call("ggml_threadpool_resume");

    public void Dispose() => Call("ggml_threadpool_free");

    void Call(string name) => ((delegate* unmanaged[Cdecl]<nint, void>)Export(name))(pool);

    nint Export(string name) => NativeLibrary.GetExport(library, name);
}
