using System.Text.Json.Serialization;

/// <summary>A point of a declared space, measured in full.</summary>
/// <param name="Techniques">Its techniques with blanks between them; none for the model as given.</param>
/// <param name="Bytes">Bytes of its file.</param>
/// <param name="Losses">Mean negative log-likelihood of each chunk of the text that is searched on, in nats a token.</param>
/// <param name="HeldOut">The same of the text held out from the search.</param>
sealed record SpacePoint(string Techniques, long Bytes, double[] Losses, double[] HeldOut);

/// <summary>All points of a space.</summary>
/// <param name="Model">The model's file.</param>
/// <param name="Text">The file of the text that is searched on.</param>
/// <param name="HeldOutText">That of the text held out from the search.</param>
/// <param name="Context">Tokens of a chunk, of which the second half counts.</param>
/// <param name="Points">The model as given, then the others.</param>
sealed record SpaceTable(string Model, string Text, string HeldOutText, int Context, IReadOnlyList<SpacePoint> Points);

/// <summary>One search and one random search.</summary>
/// <param name="Seed">The seed of both.</param>
/// <param name="TokenShare">Tokens that the search scored, of those of measuring everything.</param>
/// <param name="FrontPoints">Points on the front that it found.</param>
/// <param name="SearchShare">Hypervolume of that front on the text held out, of that of all points.</param>
/// <param name="RandomPoints">Points that random search measured for the same tokens.</param>
/// <param name="RandomShare">Their hypervolume.</param>
sealed record ContestRun(ulong Seed, double TokenShare, int FrontPoints, double SearchShare, int RandomPoints, double RandomShare);

/// <summary>All of them.</summary>
sealed record ContestResult(
    string Model, int Points, int Chunks, int HeldOutChunks, string Machine, double SearchTenthPercentile, double RandomTenthPercentile, double SearchMedian, double RandomMedian,
    double MostTokenShare, IReadOnlyList<ContestRun> Runs);

/// <summary>JSON of the tables and results.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SpaceTable))]
[JsonSerializable(typeof(ContestResult))]
sealed partial class SearchJson : JsonSerializerContext;
