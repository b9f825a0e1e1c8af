namespace Shoestring.Techniques;

/// <summary>A family of techniques: a leaf of the survey's tree.</summary>
/// <param name="Stage">Stage of the model's life.</param>
/// <param name="Group">What the stage's families are grouped under; the family's own name where there is no group.</param>
/// <param name="Name">The family.</param>
public sealed record SurveyFamily(string Stage, string Group, string Name);

/// <summary>The survey's taxonomy (arXiv 2401.00625v4, figure 1): stages, groups and families, extended where that is said.</summary>
public static class SurveyTree
{
    /// <summary>Weight, activation and fixed-point quantization (section 6.1.2).</summary>
    public static SurveyFamily Quantization { get; } = new("Inference", "Model compression", "Quantization");

    /// <summary>Unstructured, structured and contextual pruning (section 6.1.1).</summary>
    public static SurveyFamily Pruning { get; } = new("Inference", "Model compression", "Pruning");

    /// <summary>Products of narrow matrices in place of wide ones (section 6.1.4).</summary>
    public static SurveyFamily LowRank { get; } = new("Inference", "Model compression", "Low-rank approximation");

    /// <summary>Compression that changes no answer: beyond the survey, which names none.</summary>
    public static SurveyFamily Lossless { get; } = new("Inference", "Model compression", "Lossless compression");

    /// <summary>Compression and eviction of keys and values: beyond the survey, whose tree has no node for it.</summary>
    public static SurveyFamily KeyValueCache { get; } = new("Inference", "Dynamic acceleration", "Key-value cache compression");

    /// <summary>Optimizers, by what they keep for each weight: beyond the survey, whose section 4.1 has no node for it.</summary>
    public static SurveyFamily OptimizerState { get; } = new("Pre-training", "Memory efficiency", "Optimizer state");

    /// <summary>What is computed again or compressed instead of kept for the backward pass: beyond the survey's tree; its section 5.2 names gradient checkpointing.</summary>
    public static SurveyFamily ActivationMemory { get; } = new("Pre-training", "Memory efficiency", "Activation memory");

    /// <summary>Which texts are trained on, and in which order (section 4.2; duplicates and curricula are beyond its tree).</summary>
    public static SurveyFamily ImportanceSampling { get; } = new("Pre-training", "Data efficiency", "Importance sampling");

    /// <summary>Changed copies of texts (section 4.2).</summary>
    public static SurveyFamily DataAugmentation { get; } = new("Pre-training", "Data efficiency", "Data augmentation");

    /// <summary>What is to be predicted (section 4.2).</summary>
    public static SurveyFamily TrainingObjective { get; } = new("Pre-training", "Data efficiency", "Training objective");

    /// <summary>Large models that begin as small ones: beyond the survey, whose tree has no node for it.</summary>
    public static SurveyFamily ModelGrowth { get; } = new("Pre-training", "Model growth", "Model growth");

    /// <summary>Small models that learn from large ones (section 6.1.3).</summary>
    public static SurveyFamily Distillation { get; } = new("Inference", "Model compression", "Knowledge distillation");

    /// <summary>Small modules beside the weights (section 5.1, LoRA among them).</summary>
    public static SurveyFamily Adapters { get; } = new("Fine-tuning", "Parameter-efficient fine-tuning", "Adapter-based");

    /// <summary>All weights, with less memory for their gradients and the optimizer's state (section 5.2).</summary>
    public static SurveyFamily FullParameter { get; } = new("Fine-tuning", "Full-parameter fine-tuning", "Full-parameter fine-tuning");

    /// <summary>The families in the survey's order, those beyond it after their neighbours.</summary>
    public static IReadOnlyList<SurveyFamily> Families { get; } =
    [
        .. Of("Architecture design", "Transformer-based architecture", "Approximated attention", "Hardware-aware attention"),
        .. Of("Architecture design", "Non-transformer architecture", "Modular network", "Other architecture"),
        .. Of("Pre-training", "Memory efficiency", "Distributed training", "Mixed precision training"),
        OptimizerState,
        ActivationMemory,
        ImportanceSampling,
        DataAugmentation,
        TrainingObjective,
        ModelGrowth,
        Adapters,
        .. Of("Fine-tuning", "Parameter-efficient fine-tuning", "Masking-based"),
        FullParameter,
        Pruning,
        Quantization,
        Distillation,
        LowRank,
        Lossless,
        .. Of("Inference", "Dynamic acceleration", "Early exit", "Input pruning", "Token parallelism"),
        KeyValueCache,
        .. Of("System design", "Deployment optimization", "Hardware offloading", "Collaborative inference"),
        .. Of("System design", "Support infrastructure", "Libraries", "Edge devices"),
        .. Of("System design", "Other systems", "Other systems"),
    ];

    static IEnumerable<SurveyFamily> Of(string stage, string group, params string[] names) =>
        names.Select(name => new SurveyFamily(stage, group, name));
}
