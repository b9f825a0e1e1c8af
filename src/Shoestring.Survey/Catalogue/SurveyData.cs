namespace Shoestring.Survey;

/// <summary>The data that goes with the library.</summary>
static class SurveyData
{
    /// <summary>Opens a file of the folder Data.</summary>
    public static StreamReader Open(string name) => new(
        typeof(SurveyData).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"the library was built without its {name}"));
}
