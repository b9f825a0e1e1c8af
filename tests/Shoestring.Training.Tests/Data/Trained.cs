using Shoestring.Models;

namespace Shoestring.Training.Tests;

/// <summary>Texts and vocabularies that tests share.</summary>
static class Trained
{
    static readonly string[] Nouns = ["cat", "dog", "house", "river", "captain", "naïve child", "🦙", "don't-know", "2024", "tree"];
    static readonly string[] Verbs = ["sees", "likes", "has seen", "couldn't find", "follows", "  paints"];

    static readonly string[] Syllables = ["ka", "lo", "mi", "ten", "ru", "sha", "bo", "ver"];

    /// <summary>Sentences that are alike and different, with bytes of many kinds.</summary>
    public static string Stories { get; } = string.Join('\n', Enumerable.Range(0, 400).Select(Sentence));

    public static Vocabulary Vocabulary(string text, int size)
    {
        BytePairTrainer trainer = new(new BytePairOptions { VocabularySize = size });
        trainer.Add(text);
        return trainer.Train();
    }

    /// <summary>Numbers below <paramref name="below"/>, some commoner than others.</summary>
    public static int[] Tokens(int count, int below, ulong seed = 1) =>
        [.. Enumerable.Range(0, count).Select(i => (int)(below * CounterRandom.Uniform(seed, 77, (ulong)i) * CounterRandom.Uniform(seed, 78, (ulong)i)))];

    static string Sentence(int i) =>
        $"the old {Pick(Nouns, i, 0)} {Pick(Verbs, i, 1)} the {Pick(Nouns, i, 2)}{(i % 3 == 0 ? "'s friend" : "")}, and {Pick(Verbs, i, 3)} {Name(i % 150)} {i}.";

    static string Name(int i) => Pick(Syllables, i, 4) + Pick(Syllables, i, 5) + Pick(Syllables, i, 6);

    static string Pick(string[] words, int i, ulong place) => words[(int)(words.Length * CounterRandom.Uniform(5, (ulong)i, place))];
}
