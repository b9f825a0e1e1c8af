using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>Examples back as text, to be changed and encoded again.</summary>
/// <param name="store">The tokens, old and new.</param>
/// <param name="tokenizer">The model's.</param>
/// <param name="seed">The run's.</param>
sealed class ExampleText(TokenStore store, Tokenizer tokenizer, ulong seed)
{
    /// <summary>Changed copies of examples, each after its own (Wei and Zou, arXiv 1901.11196).</summary>
    /// <exception cref="InputException">An example is not learned whole.</exception>
    public IReadOnlyList<TokenSlice> WithChangedCopies(IReadOnlyList<TokenSlice> examples, AugmentationOptions options)
    {
        EasyDataAugmentation augmentation = new(options, seed);
        DocumentEncoder encoder = new(tokenizer);
        List<TokenSlice> all = [];
        for (int e = 0; e < examples.Count; e++)
        {
            all.Add(examples[e]);
            string text = Text(examples[e], "eda");
            for (int copy = 0; copy < options.Copies; copy++)
            {
                string changed = augmentation.Apply(text, ((long)e * options.Copies) + copy);
                all.Add(store.Add(encoder.Encode(SourceDocument.Plain("a changed copy", changed))) with { Weight = examples[e].Weight });
            }
        }
        return all;
    }

    /// <summary>Examples with their middles moved to the end, as often as the options say (Bavarian et al., arXiv 2207.14255).</summary>
    /// <exception cref="InputException">An example is not learned whole, or the vocabulary lacks the marks.</exception>
    public IReadOnlyList<TokenSlice> WithMiddlesMoved(IReadOnlyList<TokenSlice> examples, FillInTheMiddleOptions options)
    {
        FillInTheMiddle moving = new(tokenizer, options, seed);
        return [.. examples.Select((example, e) => store.Add(moving.Encode(Text(example, "objective"), e)) with { Weight = example.Weight })];
    }

    string Text(TokenSlice example, string method)
    {
        int[] tokens = new int[example.Count];
        float[] weights = new float[example.Count];
        store.Read(example with { Weight = 1 }, tokens, weights);
        // The first token is given in any case.
        return weights.AsSpan(1).Contains(0f)
            ? throw new InputException("parts of its texts are given and not learned, and a changed text would not tell which", method, "use it on plain text, not on instructions or chats")
            : tokenizer.Decode(tokens, continuation: tokens[0] != tokenizer.Bos);
    }
}
