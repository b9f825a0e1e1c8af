namespace Shoestring.Survey;

/// <summary>
/// What a reader who knows the tree looks for in a title. By itself, the first that occurs deciding, it is the baseline; the classifier has
/// each as a feature and learns what it is worth.
/// </summary>
static class LeafKeywords
{
    static readonly (string Leaf, string[] Beginnings)[] keywords =
    [
        ("Key-value cache compression", ["kv", "kvcache", "key value", "cache"]),
        ("Token parallelism", ["speculative", "draft"]),
        ("Knowledge distillation", ["distill", "student", "teacher"]),
        ("Input pruning", ["prompt", "token pruning", "context"]),
        ("Pruning", ["prun", "spars", "slim"]),
        ("Quantization", ["quant", "bit", "fp4", "fp8", "int4", "int8", "binar", "ternar", "low precision"]),
        ("Low-rank approximation", ["low rank", "svd", "singular", "decomposition", "kronecker"]),
        ("Modular network", ["mixture of experts", "moe"]),
        ("Early exit", ["early exit", "exit"]),
        ("Distributed training", ["parallel", "distributed", "pipeline"]),
        ("Importance sampling", ["importance sampling", "data"]),
        ("Adapter-based", ["adapter", "lora"]),
        ("Full-parameter fine-tuning", ["full parameter", "fine tuning", "finetuning"]),
        ("Edge devices", ["edge", "device", "mobile"]),
        ("Hardware-aware attention", ["flash", "io aware", "paged", "hardware", "kernel"]),
        ("Approximated attention", ["attention"]),
        ("Other architecture", ["rnn", "recurrent", "convolution", "mamba", "state space", "sub quadratic", "matmul free"]),
        ("Masking-based", ["mask", "subnetwork"]),
        ("Hardware offloading", ["offload", "single gpu", "serving", "consumer"]),
        ("Libraries", ["library", "pytorch", "framework"]),
    ];

    /// <summary>The leaves whose keywords occur, in the order of the list, each with the beginning of a word that did.</summary>
    public static IEnumerable<(string Leaf, string Keyword)> In(IReadOnlyList<string> words)
    {
        string text = $" {string.Join(' ', words)}";
        foreach ((string leaf, string[] beginnings) in keywords)
        {
            if (beginnings.FirstOrDefault(beginning => text.Contains(" " + beginning, StringComparison.Ordinal)) is { } found)
            {
                yield return (leaf, found);
            }
        }
    }
}
