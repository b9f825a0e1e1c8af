using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

public sealed class PerturbationTests
{
    const string Text = "The quick brown foxes jumped over those lazy sleeping dogs, and nobody (not even Emily) noticed anything; ça alors, naïveté!";

    static string Apply(Perturbation perturbation, ulong seed = 1, int item = 0) => perturbation.For(seed, item)(Text);

    public static TheoryData<string> Kinds => ["typo", "case"];

    static Perturbation Of(string kind, double rate) => Perturbation.Find(kind, rate).ShouldHaveSingleItem();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_same_seed_and_item_give_the_same_text(string kind)
    {
        Apply(Of(kind, 0.5)).ShouldBe(Apply(Of(kind, 0.5)));
        Apply(Of(kind, 0.5), seed: 2).ShouldNotBe(Apply(Of(kind, 0.5)));
        Apply(Of(kind, 0.5), item: 1).ShouldNotBe(Apply(Of(kind, 0.5)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_rate_of_nothing_changes_nothing(string kind) => Apply(Of(kind, 0)).ShouldBe(Text);

    // Kept, so that a figure of an earlier version can be had again.
    [Theory]
    [InlineData("typo", "The quick brown fxoes jumped over those lazy sleeping dogs, and nobody (not even Eimly) notiecd anything; ça alors, naïvrté!")]
    [InlineData("case", "tHe quICk bRown foxes JUmpEd OVer thosE lAZY SleePInG dOgS, and nobOdY (not even EmilY) noticed anythInG; Ça ALorS, naïveTé!")]
    public void Results_stay_what_they_are(string kind, string expected) => Apply(Of(kind, 0.3)).ShouldBe(expected);

    [Fact]
    public void Every_long_word_gets_one_edit_and_keeps_its_ends()
    {
        string[] before = Text.Split(' '), after = Apply(Of("typo", 1)).Split(' ');
        after.Length.ShouldBe(before.Length);
        foreach ((string word, string typo) in before.Zip(after))
        {
            string letters = string.Concat(word.Where(char.IsLetter)), changed = string.Concat(typo.Where(char.IsLetter));
            if (letters.Length < 4)
            {
                typo.ShouldBe(word);
                continue;
            }
            (changed[0], changed[^1]).ShouldBe((letters[0], letters[^1]), typo);
            changed.ShouldNotBe(letters);
            bool dropped = changed.Length == letters.Length - 1;
            bool replaced = changed.Length == letters.Length && changed.Zip(letters).Count(pair => pair.First != pair.Second) == 1;
            bool swapped = changed.Length == letters.Length && changed.Order().SequenceEqual(letters.Order()) && changed.Zip(letters).Count(pair => pair.First != pair.Second) == 2;
            (dropped || replaced || swapped).ShouldBeTrue($"{word} to {typo}");
        }
    }

    [Fact]
    public void Each_edit_occurs()
    {
        HashSet<string> results = [.. Enumerable.Range(0, 200).Select(item => new TypoPerturbation(1).For(1, item)("stop"))];
        results.ShouldContain("sotp");
        results.ShouldContain("sop");
        results.ShouldContain("syop");
        // Letters that are alike cannot be swapped; one is dropped or replaced.
        Enumerable.Range(0, 50).Select(item => new TypoPerturbation(1).For(1, item)("noon")).ShouldAllBe(word => word != "noon");
    }

    [Fact]
    public void Keys_have_the_neighbours_that_they_touch()
    {
        TypoPerturbation.Neighbours('s').Order().ShouldBe("adewxz".Order());
        TypoPerturbation.Neighbours('q').Order().ShouldBe("aw".Order());
        TypoPerturbation.Neighbours('p').Order().ShouldBe("lo".Order());
        TypoPerturbation.Neighbours('ï').ShouldBe("");
        foreach (char letter in "abcdefghijklmnopqrstuvwxyz")
        {
            TypoPerturbation.Neighbours(letter).ShouldAllBe(other => TypoPerturbation.Neighbours(other).Contains(letter));
        }
    }

    [Fact]
    public void Case_flips_letters_alone()
    {
        Apply(Of("case", 1)).ShouldBe(string.Concat(Text.Select(letter => char.IsUpper(letter) ? char.ToLowerInvariant(letter) : char.ToUpperInvariant(letter))));
        Apply(Of("case", 0.5)).ShouldBe(Text, StringCompareShould.IgnoreCase);
    }

    [Theory]
    [InlineData("typo", 0.1)]
    [InlineData("case", 0.1)]
    [InlineData("case", 0.4)]
    public void It_strikes_as_often_as_it_says(string kind, double rate)
    {
        string words = string.Join(' ', Enumerable.Repeat("stop", 4000));
        string changed = Of(kind, rate).For(5, 3)(words);
        int units = kind == "typo" ? 4000 : 16_000;
        int struck = kind == "typo" ? changed.Split(' ').Count(word => word != "stop") : changed.Zip(words).Count(pair => pair.First != pair.Second);
        ((double)struck / units).ShouldBe(rate, 4 * Math.Sqrt(rate * (1 - rate) / units));
    }

    [Fact]
    public void Half_a_surrogate_pair_and_nothing_pass()
    {
        foreach (Perturbation perturbation in Perturbation.Find("all", 1))
        {
            perturbation.For(1, 1)("").ShouldBe("");
            perturbation.For(1, 1)("\uD83D \uDE00 😀").ShouldBe("\uD83D \uDE00 😀");
        }
    }

    [Fact]
    public void Names_are_known_or_refused()
    {
        Perturbation.Find("all").Select(one => (one.Name, one.Rate)).ShouldBe([("typo", 0.1), ("case", 0.1)]);
        Should.Throw<InputException>(() => Perturbation.Find("noise")).Message.ShouldBe("--perturb: there is no perturbation 'noise'; use one of typo, case, all");
    }
}
