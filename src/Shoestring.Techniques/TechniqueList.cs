using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>Every technique there is.</summary>
public static class TechniqueList
{
    /// <summary>The techniques in the survey's order.</summary>
    public static IReadOnlyList<Technique> All { get; } =
    [
        .. OptimizerTechniques.All,
        CheckpointingTechnique.Description,
        DeduplicationTechnique.Description,
        SelectionTechnique.Description,
        .. CurriculumTechniques.All,
        .. AugmentationTechniques.All,
        ObjectiveTechnique.Description,
        GrowthTechnique.Description,
        LoraTechnique.Description,
        QloraTechnique.Description,
        DoraTechnique.Description,
        .. AdapterTechniques.All,
        .. MaskingTechniques.All,
        .. PromptTechniques.All,
        .. FullParameterTechniques.All,
        MagnitudeTechnique.Description,
        WandaTechnique.Description,
        SparseGptTechnique.Description,
        ShortGptTechnique.Description,
        LlmPrunerTechnique.Description,
        SliceGptTechnique.Description,
        GriffinTechnique.Description,
        QuantizeTechnique.Description,
        ImatrixTechnique.Description,
        GptqTechnique.Description,
        AwqTechnique.Description,
        SmoothQuantTechnique.Description,
        QatTechnique.Description,
        DistillationTechnique.Description,
        LowRankTechniques.Svd,
        LowRankTechniques.Asvd,
        MixedPrecisionTechnique.Description,
        TieEmbeddingsTechnique.Description,
        EntropyCodeTechnique.Description,
        .. CacheTechniques.All,
    ];

    /// <summary>The technique of that id.</summary>
    /// <exception cref="InputException">There is none; the message lists those there are.</exception>
    public static Technique Find(string id) =>
        All.FirstOrDefault(technique => technique.Id == id) ?? throw new InputException(
            $"there is no technique '{id}'", "techniques", $"use {string.Join(", ", All.Select(technique => technique.Id))}");
}
