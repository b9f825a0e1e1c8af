using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>A training text as a run's methods leave it.</summary>
/// <param name="Training">What is trained on.</param>
/// <param name="Steps">What each method did.</param>
/// <param name="ScoredRows">The most rows that the model scored at once.</param>
sealed record PreparedData(IReadOnlyList<TokenSlice> Training, IReadOnlyList<DataStep> Steps, int ScoredRows);

/// <summary>Applies a run's methods to its training text.</summary>
/// <param name="store">The tokens.</param>
/// <param name="tokenizer">The model's.</param>
/// <param name="methods">What is to be done.</param>
/// <param name="batches">The context and the seed.</param>
/// <param name="scores">Where scores come from.</param>
sealed class DataPreparation(TokenStore store, Tokenizer tokenizer, DataMethods methods, BatchOptions batches, ExampleScores scores)
{
    // Marks, begin and end, and pieces that the two cuts part: what a text grows by at most when its middle is moved, but for odd texts.
    const int RoomForMarks = 16;

    readonly List<DataStep> steps = [];

    /// <summary>Applies them.</summary>
    /// <exception cref="InputException">A method does not go with the text, or nothing is left.</exception>
    public PreparedData Run(IReadOnlyList<TokenSlice> documents)
    {
        IReadOnlyList<TokenSlice> left = Deduplicate([.. documents]);
        if (methods.Selections.Count > 0 || methods.Augmentation is not null || methods.FillInTheMiddle is not null || methods.Curriculum is not null)
        {
            int context = methods.FillInTheMiddle is null ? batches.Context : Math.Max(RoomForMarks, batches.Context - RoomForMarks);
            left = [.. left.SelectMany(document => document.Cut(context))];
        }
        foreach (SelectionOptions selection in methods.Selections)
        {
            left = Told($"select by {Name(selection.By)}", left, Select(left, selection));
        }
        ExampleText text = new(store, tokenizer, batches.Seed);
        left = methods.Augmentation is { } changed ? Told("eda", left, text.WithChangedCopies(left, changed)) : left;
        left = methods.FillInTheMiddle is { } middle ? Told("fill-in-the-middle", left, text.WithMiddlesMoved(left, middle)) : left;
        left = methods.Curriculum is { } curriculum ? Ordered(left, curriculum) : left;
        return left.Count > 0 ? new PreparedData(left, steps, scores.MostRows) : throw new InputException("nothing is left to train on", "training data", "leave out a method, or give more text");
    }

    IReadOnlyList<TokenSlice> Deduplicate(IReadOnlyList<TokenSlice> documents)
    {
        if (methods.Deduplication is not { } how)
        {
            return documents;
        }
        DeduplicationOptions nothing = new() { Exact = false };
        IReadOnlyList<TokenSlice> left = documents;
        left = how.Exact ? Told("exact duplicates", left, Deduplication.Apply(store, left, nothing with { Exact = true }).Documents) : left;
        left = how.Near is { } near ? Told("near-duplicates", left, Deduplication.Apply(store, left, nothing with { Near = near }).Documents) : left;
        return how.SubstringLength is { } length ? Told("repeated passages", left, Deduplication.Apply(store, left, nothing with { SubstringLength = length }).Documents) : left;
    }

    IReadOnlyList<TokenSlice> Told(string method, IReadOnlyList<TokenSlice> before, IReadOnlyList<TokenSlice> after)
    {
        steps.Add(new DataStep(method, before.Count, after.Count, Tokens(before), Tokens(after)));
        return after;
    }

    static long Tokens(IReadOnlyList<TokenSlice> documents) => documents.Sum(document => (long)document.Count);

    IReadOnlyList<TokenSlice> Select(IReadOnlyList<TokenSlice> examples, SelectionOptions how)
    {
        if (examples.Count == 0)
        {
            return examples;
        }
        int kept = Math.Clamp((int)Math.Round(how.Share * examples.Count), 1, examples.Count);
        return how.By switch
        {
            SelectionScore.GradientNorm when how.IsDrawn => Drawn(examples, scores.GradientNorms(examples), kept, how.UniformShare),
            SelectionScore.FacilityLocation => Representative(examples, how, kept),
            SelectionScore.Random => Chosen(examples, ScoreSelection.Choose(Uniform(examples.Count), how.Share, ScoreBand.Lowest)),
            _ => Chosen(examples, ScoreSelection.Choose(Scores(examples, how), how.Share, how.Band)),
        };
    }

    double[] Scores(IReadOnlyList<TokenSlice> examples, SelectionOptions how) => how.By switch
    {
        SelectionScore.Perplexity => scores.MeanLosses(examples, how.Proxy),
        SelectionScore.ErrorNorm => scores.ErrorNorms(examples, how.Proxy),
        _ => scores.GradientNorms(examples),
    };

    double[] Uniform(int count) => [.. Enumerable.Range(0, count).Select(e => new DataRandom(batches.Seed, RandomUse.Selection, (ulong)e).At(0))];

    IReadOnlyList<TokenSlice> Representative(IReadOnlyList<TokenSlice> examples, SelectionOptions how, int kept)
    {
        (float[] features, int channels) = scores.Features(examples, how.Proxy);
        return Chosen(examples, [.. new FacilityLocation(features, channels).Choose(kept).Items.Order()]);
    }

    // With replacement: what is drawn twice comes twice in an epoch.
    IReadOnlyList<TokenSlice> Drawn(IReadOnlyList<TokenSlice> examples, double[] norms, int kept, double uniformShare)
    {
        ImportanceSampler sampler = new(norms, uniformShare);
        return [.. Enumerable.Range(0, kept).Select(place => sampler.Draw(batches.Seed, 0, place)).OrderBy(one => one.Item)
            .Select(one => examples[one.Item] with { Weight = (float)(examples[one.Item].Weight * one.Weight) })];
    }

    static IReadOnlyList<TokenSlice> Chosen(IReadOnlyList<TokenSlice> examples, int[] items) => [.. items.Select(item => examples[item])];

    IReadOnlyList<TokenSlice> Ordered(IReadOnlyList<TokenSlice> examples, CurriculumOptions how)
    {
        double[] difficulties = how.By switch
        {
            Difficulty.Rarity => DifficultyOrder.Rarity(store, examples),
            Difficulty.Length => [.. examples.Select(example => (double)example.Count)],
            _ => scores.MeanLosses(examples, how.Proxy),
        };
        return Chosen(examples, DifficultyOrder.Of(difficulties, batches.Seed, how.Start));
    }

    static string Name(SelectionScore score) => score switch
    {
        SelectionScore.Random => "random",
        SelectionScore.Perplexity => "perplexity",
        SelectionScore.ErrorNorm => "el2n",
        SelectionScore.GradientNorm => "gradient-norm",
        _ => "facility-location",
    };
}
