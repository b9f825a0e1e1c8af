using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

public class CurriculumTests
{
    [Fact]
    public void A_length_grows_linearly_in_eights_and_stays()
    {
        Pacing pacing = new(8, 250, 100);
        int[] lengths = [.. Enumerable.Range(0, 150).Select(step => pacing.LengthAt(step))];
        lengths[0].ShouldBe(8);
        lengths[50].ShouldBe(128);
        lengths[99].ShouldBe(240);
        lengths[100..].ShouldAllBe(length => length == 250);
        lengths.ShouldBe(lengths.Order());
        lengths[..100].ShouldAllBe(length => length % 8 == 0);
    }

    [Fact]
    public void By_the_square_root_it_is_half_way_after_a_quarter()
    {
        Pacing pacing = new(0, 1, 400, Root: 2);
        pacing.At(100).ShouldBe(0.5, 1e-12);
        pacing.At(400).ShouldBe(1);
        new Pacing(3, 5, 0).At(0).ShouldBe(5);
    }

    [Fact]
    public void Each_document_comes_once_and_none_before_it_is_allowed()
    {
        double[] difficulties = [.. Enumerable.Range(0, 500).Select(i => CounterRandom.Uniform(9, 9, (ulong)i))];
        int[] order = DifficultyOrder.Of(difficulties, seed: 1), ranks = new int[500];
        order.Order().ShouldBe(Enumerable.Range(0, 500));
        foreach ((int rank, int document) in Enumerable.Range(0, 500).OrderBy(i => difficulties[i]).Index())
        {
            ranks[document] = rank;
        }
        Pacing pacing = new(DifficultyOrder.UsualStart, 1, 500, Root: 2);
        for (int drawn = 0; drawn < 500; drawn++)
        {
            ranks[order[drawn]].ShouldBeLessThan(DifficultyOrder.Allowed(pacing, drawn, 500));
        }
        order[..100].Average(document => ranks[document]).ShouldBeLessThan(order[400..].Average(document => ranks[document]) - 100);
        DifficultyOrder.Of(difficulties, seed: 2).ShouldNotBe(order);
        DifficultyOrder.Of(difficulties, seed: 1).ShouldBe(order);
    }

    [Fact]
    public void Documents_of_rare_tokens_are_hard()
    {
        using TokenStore store = new(new MemoryAccount());
        store.Add([1, 1, 1, 1]);
        store.Add([1, 2]);
        store.Add([3, 4]);
        double[] rarity = DifficultyOrder.Rarity(store, store.Documents);
        rarity[0].ShouldBe(Math.Log(8 / 5.0), 1e-12);
        rarity[1].ShouldBe((Math.Log(8 / 5.0) + Math.Log(8)) / 2, 1e-12);
        rarity.ShouldBe(rarity.Order());
    }

    const string Sentence = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty";

    static string[] Words(AugmentationOptions options, long document) => new EasyDataAugmentation(options, seed: 1).Apply(Sentence, document).Split(' ');

    [Fact]
    public void Swapping_keeps_all_words()
    {
        string[] words = Sentence.Split(' ');
        for (int i = 0; i < 50; i++)
        {
            string[] swapped = Words(new AugmentationOptions { Insert = 0, Delete = 0 }, i);
            swapped.Order().ShouldBe(words.Order());
            // Two exchanges move four words at most.
            swapped.Zip(words).Count(pair => pair.First != pair.Second).ShouldBeLessThanOrEqualTo(4);
        }
    }

    [Fact]
    public void Inserting_adds_words_of_the_text()
    {
        string[] inserted = Words(new AugmentationOptions { Swap = 0, Delete = 0 }, 3);
        inserted.Length.ShouldBe(22);
        inserted.Distinct().Order().ShouldBe(Sentence.Split(' ').Order());
    }

    [Fact]
    public void Deleting_leaves_out_a_share_and_one_word_at_least()
    {
        AugmentationOptions options = new() { Swap = 0, Insert = 0, Delete = 0.25 };
        Enumerable.Range(0, 400).Average(i => Words(options, i).Length).ShouldBe(15, 0.4);
        Words(options with { Delete = 1 }, 1).Length.ShouldBe(1);
        Words(options with { Delete = 0 }, 1).ShouldBe(Sentence.Split(' '));
    }

    [Fact]
    public void The_same_seed_and_number_give_the_same_text()
    {
        AugmentationOptions options = new();
        Words(options, 7).ShouldBe(Words(options, 7));
        Words(options, 7).ShouldNotBe(Words(options, 8));
        new EasyDataAugmentation(options, 1).Apply(" \n", 1).ShouldBe(" \n");
    }
}
