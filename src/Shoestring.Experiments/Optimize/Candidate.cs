using System.Text.Json.Serialization;
using Shoestring.Metering;
using Shoestring.Techniques;

namespace Shoestring.Experiments;

/// <summary>A tensor that did not get the format meant for it.</summary>
/// <param name="Tensor">The tensor's name.</param>
/// <param name="Wanted">The format meant for it.</param>
/// <param name="Got">The format that it got.</param>
public sealed record Fallback(string Tensor, string Wanted, string Got);

/// <summary>A candidate to measure.</summary>
/// <param name="Techniques">The techniques in order, each as after <c>-t</c>: <c>quantize:format=Q4_0</c>. None is the model as given.</param>
public sealed record CandidatePlan(IReadOnlyList<string> Techniques)
{
    /// <summary>Who can read its file.</summary>
    public ModelLayout Layout { get; init; }

    /// <summary>The model as it was given.</summary>
    public static CandidatePlan Baseline { get; } = new([]);

    /// <summary>Tensors that will not get the format meant for them.</summary>
    public IReadOnlyList<Fallback> Fallbacks { get; init; } = [];

    /// <summary>The techniques in one line.</summary>
    public string Label => LabelOf(Techniques);

    internal static string LabelOf(IReadOnlyList<string> techniques) => techniques.Count == 0 ? "as given" : string.Join(" + ", techniques);
}

/// <summary>One measured combination of techniques: a row of the report.</summary>
public sealed record Candidate
{
    /// <summary>The techniques in order, each as after <c>-t</c>; none for the model as given.</summary>
    public required IReadOnlyList<string> Techniques { get; init; }

    /// <summary>What was expected before it ran.</summary>
    public CandidateFigures Predicted { get; init; } = new();

    /// <summary>What came out, each figure with its prediction.</summary>
    public required CandidateFigures Measured { get; init; }

    /// <summary>The model on disk, in bytes, or null when unknown.</summary>
    public double? StoredBytes => Measured.StoredBytes.Value;

    /// <summary>100·exp(NLL of the original − NLL of the candidate) in per cent, with its paired 95 % interval as low and high.</summary>
    public Figure Quality => Measured.Quality;

    /// <summary>Whether no other candidate is at least as good on every axis of the front and better on one.</summary>
    public bool OnFront { get; init; }

    /// <summary>Tensors that did not get the format meant for them.</summary>
    public IReadOnlyList<Fallback> Fallbacks { get; init; } = [];

    /// <summary>Who can read its file: llama.cpp too, or this engine alone.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<ModelLayout>))]
    public ModelLayout Layout { get; init; }

    /// <summary>Its weights, a tied embedding counted once, or null where they are not known.</summary>
    public long? Parameters { get; init; }

    /// <summary>When it was measured: earlier than the search where an earlier one's measurement was reused.</summary>
    public DateTimeOffset MeasuredAt { get; init; }

    /// <summary>Whether an earlier search's measurement was reused.</summary>
    public bool Reused { get; init; }

    /// <summary>What measuring it cost.</summary>
    public required Receipt Receipt { get; init; }

    /// <summary>How far it was measured where the search gave it up, or null where all of it was measured.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Stopped? Stopped { get; init; }

    /// <summary>The techniques in one line.</summary>
    [JsonIgnore]
    public string Label => CandidatePlan.LabelOf(Techniques);
}

/// <summary>A candidate that was given up before all of it was measured.</summary>
/// <param name="Tokens">Tokens that it was scored on.</param>
/// <param name="Reason">Why.</param>
public sealed record Stopped(long Tokens, string Reason);

/// <summary>A candidate that has no measurement.</summary>
/// <param name="Techniques">Its techniques.</param>
/// <param name="Reason">Why it has none.</param>
public sealed record LeftOut(IReadOnlyList<string> Techniques, string Reason);
