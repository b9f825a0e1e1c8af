using System.Runtime.CompilerServices;
using Shoestring.Metering;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>Stores an output matrix that equals the embedding once.</summary>
public static class TieEmbeddingsTechnique
{
    const int PieceBytes = 1 << 20;
    const string Embedding = "token_embd.weight", Output = "output.weight";

    static readonly ConditionalWeakTable<ModelFile, object> known = [];

    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new(
        "tie-embeddings", SurveyTree.Lossless, "leaves out an output matrix that is the embedding, byte for byte; no answer changes")
    {
        Papers =
        [
            new("Using the Output Embedding to Improve Language Models", "1608.05859", 2016),
        ],
        Claims =
        [
            new(Resource.Computation, Effect.Neutral, false, "the same products are computed"),
            new(Resource.Memory, Effect.Saves, true, "one matrix of vocabulary × width instead of two"),
            new(Resource.Energy, Effect.Neutral, false, "a token reads the output matrix once, as before"),
            new(Resource.Money, Effect.Neutral, false, "nothing is claimed"),
            new(Resource.Communication, Effect.Saves, false, "a smaller file to send"),
        ],
        Apply = Apply,
    };

    /// <summary>Whether a model stores its embedding a second time as its output matrix.</summary>
    public static bool IsPossible(ModelFile model) =>
        model.Find(Embedding) is { } embedding && model.Find(Output) is { } output && AreEqual(model, embedding, output);

    static GgufRewrite Apply(GgufRewrite rewrite, TechniqueCall call)
    {
        if (rewrite.Decisions.Any(decision => decision is SliceGptPlan))
        {
            throw new InputException("slicegpt gives the output matrix directions of its own, so that it differs from the embedding", $"-t {call.Technique.Id}", "leave one of the two out");
        }

        TensorEntry? embedding = rewrite.Source.Find(Embedding), output = rewrite.Source.Find(Output);
        if (embedding is null || output is null)
        {
            throw new InputException("the model has no output matrix of its own", $"-t {call.Technique.Id}", "leave the technique out: there is nothing to save");
        }

        return AreEqual(rewrite.Source, embedding, output) ? rewrite with { Removed = [.. rewrite.Removed, Output] } : throw new InputException(
            "the model's output matrix differs from its embedding", $"-t {call.Technique.Id}", "leave the technique out: it would change answers");
    }

    // A search plans many candidates of one file, and the matrices may have hundreds of megabytes.
    static bool AreEqual(ModelFile file, TensorEntry one, TensorEntry other) =>
        (bool)known.GetValue(file, _ => Compare(file, one, other));

    static bool Compare(ModelFile file, TensorEntry one, TensorEntry other)
    {
        if (one.Format != other.Format || one.Shape != other.Shape)
        {
            return false;
        }

        byte[] left = new byte[PieceBytes], right = new byte[PieceBytes];
        for (long at = 0; at < one.Bytes; at += PieceBytes)
        {
            int count = (int)Math.Min(PieceBytes, one.Bytes - at);
            file.Read(one, at, left.AsSpan(0, count));
            file.Read(other, at, right.AsSpan(0, count));
            if (!left.AsSpan(0, count).SequenceEqual(right.AsSpan(0, count)))
            {
                return false;
            }
        }

        return true;
    }
}
