using System.Diagnostics;
using Shoestring.Survey;

namespace Shoestring.Papers;

/// <summary>One choice of penalty and balance.</summary>
sealed record Choice(double Penalty, double Balance, double KeywordWeight, double MacroF1, double CalibrationError);

/// <summary>What cross-validation came to.</summary>
sealed record ClassifyResult(int CataloguePapers, ClassifierOptions Options, double Seconds, ClassifierScore Score, IReadOnlyList<Choice> Choices);

/// <summary>Cross-validates the classifier.</summary>
static class ClassifyBench
{
    public static ClassifyResult Run(bool choose)
    {
        IReadOnlyList<Paper> papers = Catalogue.BuiltIn();
        var choices = new List<Choice>();
        if (choose)
        {
            // Parts of another seed than the reported ones: what is chosen here is not what is measured below.
            foreach ((double penalty, double balance, double weight) in from penalty in (double[])[1e-4, 1e-3, 3e-3] from balance in (double[])[0, 0.5] from weight in (double[])[0, 3, 5] select (penalty, balance, weight))
            {
                ClassifierScore score = CrossValidation.Run(papers, new ClassifierOptions(penalty, balance, weight, Folds: 3, Seed: 1));
                choices.Add(new Choice(penalty, balance, weight, score.MacroF1.Value, score.CalibrationError));
                Console.Error.WriteLine(choices[^1]);
            }
        }

        var clock = Stopwatch.StartNew();
        ClassifierScore final = CrossValidation.Run(papers, new ClassifierOptions());
        return new ClassifyResult(papers.Count, new ClassifierOptions(), clock.Elapsed.TotalSeconds, final, choices);
    }
}
