using System.Runtime.CompilerServices;
using Shoestring.LlamaCpp;

// llama.cpp takes every core for itself: two of these tests at once would only be slower.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Shoestring.Oracles;

static class OracleSettings
{
    // The data was recorded with llama.cpp's AVX2 build. Its AVX-512 builds round differently: on stories15M the greedy
    // tokens part after 82 at Q8_0 and after 30 at Q4_0. One build everywhere makes the oracle the same everywhere.
    [ModuleInitializer]
    internal static void ChooseBackend() => LlamaRuntime.PreferredVariant = "haswell";
}
