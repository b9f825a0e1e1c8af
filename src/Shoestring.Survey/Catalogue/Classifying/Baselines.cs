namespace Shoestring.Survey;

/// <summary>What a classifier has to beat.</summary>
static class Baselines
{
    // By what a reader would look for in a title; the first that occurs decides.
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
        ("Approximated attention", ["attention"]),
    ];

    /// <summary>[example] the commonest leaf of the training part, for every paper.</summary>
    public static int Majority(LabelledPapers training) => training.Labels.GroupBy(label => label).OrderByDescending(group => group.Count()).ThenBy(group => group.Key).First().Key;

    /// <summary>The leaf of the first keyword in the title; <paramref name="otherwise"/> where there is none.</summary>
    public static int Keyword(Paper paper, LabelledPapers examples, int otherwise)
    {
        string words = $" {string.Join(' ', TitleText.Words(paper.Title))}";
        foreach ((string leaf, string[] beginnings) in keywords)
        {
            if (beginnings.Any(beginning => words.Contains(" " + beginning, StringComparison.Ordinal)))
            {
                for (int label = 0; label < examples.Leaves.Count; label++)
                {
                    if (examples.Leaves[label].Name == leaf)
                    {
                        return label;
                    }
                }
            }
        }

        return otherwise;
    }
}
