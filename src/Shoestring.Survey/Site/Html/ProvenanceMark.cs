namespace Shoestring.Survey;

/// <summary>Marks that say where a statement comes from.</summary>
static class ProvenanceMark
{
    /// <summary>The mark for a word of the data files.</summary>
    public static Html Of(string provenance) => provenance switch
    {
        "read" => new Html("""<span class="mark read">read in the paper</span>"""),
        "inferred" => new Html("""<span class="mark inferred">inferred</span>"""),
        _ => throw new InvalidDataException($"'{provenance}' is no provenance; use read or inferred"),
    };
}
