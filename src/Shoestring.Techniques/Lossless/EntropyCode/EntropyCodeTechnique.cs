using Shoestring.Metering;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>Entropy-coded weights: fewer bytes of the same model.</summary>
public static class EntropyCodeTechnique
{
    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new(
        "entropy-code", SurveyTree.Lossless, "codes the bytes of the weights by how often they occur, and decodes them when the model is loaded; no answer changes")
    {
        Papers =
        [
            new("Huff-LLM: End-to-End Lossless Compression for Efficient LLM Inference", "2502.00922", 2025),
            new("70% Size, 100% Accuracy: Lossless LLM Compression for Efficient GPU Inference via Dynamic-Length Float", "2504.11651", 2025),
            new("Asymmetric numeral systems: entropy coding combining speed of Huffman coding with compression rate of arithmetic coding", "1311.2540", 2013),
        ],
        Claims =
        [
            new(Resource.Computation, Effect.Costs, true, "loading decodes every weight once; what runs afterwards is the same"),
            new(Resource.Memory, Effect.Saves, true, "the two papers: a smaller file; here it is decoded when loaded, so that memory stays as it is"),
            new(Resource.Energy, Effect.Neutral, false, "fewer bytes are read from the disk and more work is done on them"),
            new(Resource.Money, Effect.Neutral, false, "nothing is claimed"),
            new(Resource.Communication, Effect.Saves, true, "a smaller file to send"),
        ],
        Layout = ModelLayout.Shoestring,
        Apply = static (rewrite, _) => rewrite with { IsCoded = true },
    };

    /// <summary>Coding comes last: what changes weights after it would have to decode them first.</summary>
    /// <exception cref="InputException">A technique that concerns weights follows.</exception>
    internal static void RefuseLater(IReadOnlyList<TechniqueCall> calls)
    {
        Technique? later = calls.Select(call => call.Technique).SkipWhile(technique => technique.Id != Description.Id).Skip(1).FirstOrDefault(technique => technique.Cache is null);
        if (later is not null)
        {
            throw new InputException($"{later.Id} changes weights after {Description.Id} has coded them", $"-t {later.Id}", $"give {Description.Id} last");
        }
    }
}
