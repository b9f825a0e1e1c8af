using Shoestring.Models;
using Shoestring.Models.Tests;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>What methods leave of a training text.</summary>
public sealed class DataPreparationTests : IDisposable
{
    const int Context = 32;

    readonly WorkerPool pool = new(2);
    readonly SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
    readonly TrainableModel model;
    readonly TokenStore store;
    readonly Tokenizer tokenizer;

    public DataPreparationTests()
    {
        model = TrainableModel.Load(file.Path, pool);
        store = new TokenStore(model.Memory);
        tokenizer = model.Tokenizer;
        DocumentEncoder encoder = new(tokenizer);
        foreach (string line in Trained.Stories.Split('\n').Take(40))
        {
            store.Add(encoder.Encode(SourceDocument.Plain("test", line)));
        }
    }

    PreparedData Run(DataMethods methods, ulong seed = 1)
    {
        BatchOptions batches = new() { Context = Context, Rows = 128, Seed = seed };
        return new DataPreparation(store, tokenizer, methods, batches, new ExampleScores(store, model, 128, new StepOptions(), pool)).Run(store.Documents);
    }

    static DataMethods Select(SelectionScore by, double share) => new() { Selections = [new SelectionOptions(by) { Share = share }] };

    [Fact]
    public void Nothing_leaves_everything()
    {
        PreparedData data = Run(new DataMethods());
        data.Training.ShouldBe(store.Documents);
        data.Steps.ShouldBeEmpty();
    }

    [Fact]
    public void Long_documents_are_selected_part_by_part()
    {
        PreparedData data = Run(Select(SelectionScore.Random, 0.25));
        int parts = store.Documents.Sum(document => document.Cut(Context).Count());
        data.Steps.ShouldHaveSingleItem().ItemsBefore.ShouldBe(parts);
        data.Training.Count.ShouldBe((int)Math.Round(parts / 4.0));
        data.Training.ShouldAllBe(slice => slice.Count <= Context + 1);
        Run(Select(SelectionScore.Random, 0.25)).Training.ShouldBe(data.Training);
        Run(Select(SelectionScore.Random, 0.25), seed: 2).Training.ShouldNotBe(data.Training);
    }

    [Fact]
    public void The_band_of_the_scores_is_what_is_kept()
    {
        TokenSlice[] parts = [.. store.Documents.SelectMany(document => document.Cut(Context))];
        double[] losses = new ExampleScores(store, model, 128, new StepOptions(), pool).MeanLosses(parts, null);
        PreparedData data = Run(new DataMethods { Selections = [new SelectionOptions(SelectionScore.Perplexity) { Share = 0.3, Band = ScoreBand.Lowest }] });
        HashSet<TokenSlice> kept = [.. data.Training];
        double highest = parts.Zip(losses).Where(pair => kept.Contains(pair.First)).Max(pair => pair.Second);
        parts.Zip(losses).Where(pair => !kept.Contains(pair.First)).Min(pair => pair.Second).ShouldBeGreaterThanOrEqualTo(highest);
    }

    [Fact]
    public void Draws_by_gradient_norm_are_weighed_so_that_the_mean_stays()
    {
        PreparedData data = Run(Select(SelectionScore.GradientNorm, 0.5));
        TokenSlice[] parts = [.. store.Documents.SelectMany(document => document.Cut(Context))];
        double[] norms = new ExampleScores(store, model, 128, new StepOptions(), pool).GradientNorms(parts);
        ImportanceSampler sampler = new(norms, new SelectionOptions(SelectionScore.GradientNorm).UniformShare);
        data.Training.Count.ShouldBe((int)Math.Round(parts.Length / 2.0));
        foreach (TokenSlice slice in data.Training)
        {
            int part = Array.FindIndex(parts, one => one.First == slice.First);
            slice.Weight.ShouldBe((float)sampler.Weight(part));
            slice.Weight.ShouldBeLessThanOrEqualTo(5);
        }
    }

    [Fact]
    public void A_curriculum_orders_the_first_epoch_and_no_other()
    {
        PreparedData data = Run(new DataMethods { Curriculum = new CurriculumOptions { By = Difficulty.Length, Start = 0.1 } });
        int half = data.Training.Count / 2;
        data.Training.Take(half).Average(slice => slice.Count).ShouldBeLessThan(data.Training.Skip(half).Average(slice => slice.Count));
        BatchStream stream = new(store, data.Training, new BatchOptions { Context = Context, Rows = 128, Seed = 1, OrderedEpochs = 1 });
        int[] first = Epoch(stream), second = Epoch(stream);
        first.ShouldBe(data.Training.SelectMany(slice => store.Read(slice)[..^1]));
        second.ShouldNotBe(first);
        second.Order().ShouldBe(first.Order());
    }

    static int[] Epoch(BatchStream stream)
    {
        List<int> tokens = [];
        TrainingBatch batch = new();
        for (int i = stream.Batches; i > 0; i--)
        {
            stream.Next(batch);
            tokens.AddRange(batch.Tokens);
        }

        return [.. tokens];
    }

    [Fact]
    public void Changed_copies_stand_after_what_they_were_made_from()
    {
        TokenSlice[] parts = [.. store.Documents.SelectMany(document => document.Cut(Context))];
        PreparedData data = Run(new DataMethods { Augmentation = new AugmentationOptions { Copies = 2, Swap = 0, Insert = 0, Delete = 0 } });
        data.Training.Count.ShouldBe(3 * parts.Length);
        for (int p = 0; p < parts.Length; p++)
        {
            data.Training[3 * p].ShouldBe(parts[p]);
        }

        // Without any change they say the same, but for white space.
        string text = tokenizer.Decode(store.Read(data.Training[0])), copy = tokenizer.Decode(store.Read(data.Training[1]));
        copy.ShouldBe(string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
    }

    [Fact]
    public void Middles_move_where_the_vocabulary_has_the_marks()
    {
        FillInTheMiddleOptions options = new() { Rate = 1, PrefixPiece = "<0x01>", SuffixPiece = "<0x02>", MiddlePiece = "<0x03>" };
        PreparedData data = Run(new DataMethods { FillInTheMiddle = options });
        int[] marks = [.. new[] { options.PrefixPiece, options.SuffixPiece, options.MiddlePiece }.Select(piece => tokenizer.Find(piece)!.Value)];
        data.Training.ShouldAllBe(slice => marks.All(mark => store.Read(slice).Count(token => token == mark) == 1));
        Should.Throw<InputException>(() => Run(new DataMethods { FillInTheMiddle = new FillInTheMiddleOptions() })).Message.ShouldContain("<|fim_prefix|>");
    }

    [Fact]
    public void Texts_with_parts_that_are_given_are_not_rewritten()
    {
        store.Add([1, 40, 50, 60], [false, false, true, true]);
        Should.Throw<InputException>(() => Run(new DataMethods { Augmentation = new AugmentationOptions() })).Message.ShouldContain("given");
    }

    public void Dispose()
    {
        store.Dispose();
        model.Dispose();
        file.Dispose();
        pool.Dispose();
    }
}
