using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Shoestring.LlamaCpp;

/// <summary>
/// The library itself: loaded once for the process, with one CPU backend. llama.cpp picks the best build of that backend
/// for the machine unless <see cref="Start"/> names one first.
/// </summary>
public static class LlamaRuntime
{
    const int WarningLevel = 3;
    const int ErrorLevel = 4;
    const int LogLimit = 8192;

    static readonly Lock Gate = new();
    static readonly StringBuilder Log = new();
    static bool started;

    /// <summary>The build of the CPU backend that <see cref="Start"/> takes when it is given none; null for llama.cpp's choice.</summary>
    public static string? PreferredVariant { get; set; }

    /// <summary>The CPU backend's build that is loaded: <c>haswell</c>, <c>zen4</c>, …</summary>
    /// <exception cref="LlamaException">No backend is loaded.</exception>
    public static string CpuVariant =>
        Path.GetFileNameWithoutExtension(CpuLibrary())["libggml-cpu-".Length..];

    /// <summary>Loads the library. Later calls do nothing, unless they name another build than the one that is loaded.</summary>
    /// <param name="cpuVariant">
    /// The build of the CPU backend: the part of <c>libggml-cpu-*.so</c> that varies, such as <c>haswell</c> for AVX2 without
    /// AVX-512. Null takes <see cref="PreferredVariant"/>, and without that what llama.cpp finds best.
    /// </param>
    /// <exception cref="LlamaException">The build does not exist, does not run here, or another is loaded already.</exception>
    public static void Start(string? cpuVariant = null)
    {
        lock (Gate)
        {
            if (!started)
                Load(cpuVariant ?? PreferredVariant);
            started = true;
            if (cpuVariant is not null && CpuVariant != cpuVariant)
                throw new LlamaException($"the CPU backend {CpuVariant} is loaded already; {cpuVariant} needs a process of its own");
        }
    }

    static unsafe void Load(string? cpuVariant)
    {
        Native.llama_log_set(&Keep, 0);
        var folder = PeerPackage.Folder();
        if (cpuVariant is null)
            Native.ggml_backend_load_all_from_path(folder);
        else if (Native.ggml_backend_load(Path.Combine(folder, $"libggml-cpu-{cpuVariant}.so")) == 0)
            throw Failure($"cannot load the CPU backend {cpuVariant}");
        Native.llama_backend_init();
    }

    /// <summary>The loaded CPU backend's file, as the process's memory map names it: llama.cpp itself only says "CPU".</summary>
    internal static string CpuLibrary() =>
        File.ReadLines("/proc/self/maps").Select(line => line[(line.LastIndexOf(' ') + 1)..])
            .FirstOrDefault(path => Path.GetFileName(path).StartsWith("libggml-cpu-", StringComparison.Ordinal))
        ?? throw new LlamaException("no CPU backend is loaded");

    internal static LlamaException Failure(string what) => new($"llama.cpp: {what}. Its log: {TakeLog()}");

    /// <summary>Warnings and errors that llama.cpp has logged since the last call.</summary>
    public static string TakeLog()
    {
        lock (Log)
        {
            var text = Log.ToString().Trim();
            Log.Clear();
            return text;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static unsafe void Keep(int level, byte* text, nint data)
    {
        if (level is not (WarningLevel or ErrorLevel))
            return;
        lock (Log)
        {
            if (Log.Length < LogLimit)
                Log.Append(Marshal.PtrToStringUTF8((nint)text));
        }
    }
}
