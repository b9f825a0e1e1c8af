namespace Shoestring.Survey;

/// <summary>The catalogue that the product comes with.</summary>
public static class Catalogue
{
    static readonly Lazy<IReadOnlyList<Paper>> builtIn = new(Load);

    /// <summary>
    /// The papers of the three lists, merged and mended (docs/survey: CC0-1.0, MIT, and bibliographic facts; each field says its
    /// source), in the order of their keys.
    /// </summary>
    public static IReadOnlyList<Paper> BuiltIn() => builtIn.Value;

    static IReadOnlyList<Paper> Load()
    {
        using StreamReader reader = SurveyData.Open("catalogue.jsonl");
        return CatalogueJson.Read(reader);
    }
}
