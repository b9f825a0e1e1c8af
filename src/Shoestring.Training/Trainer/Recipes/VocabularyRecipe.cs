namespace Shoestring.Training;

/// <summary>Where a new model's vocabulary comes from.</summary>
public sealed record VocabularyRecipe
{
    /// <summary>A model whose vocabulary is taken, or null to train one on the text.</summary>
    public string? From { get; set; }

    /// <inheritdoc cref="BytePairOptions.VocabularySize"/>
    public int Size { get; set; } = new BytePairOptions().VocabularySize;
}
