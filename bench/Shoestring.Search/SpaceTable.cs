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

/// <summary>JSON of the tables and results.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SpaceTable))]
sealed partial class SearchJson : JsonSerializerContext;
