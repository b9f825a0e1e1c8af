namespace Shoestring.Cli;

/// <summary>Every verb there is.</summary>
static class VerbList
{
    /// <summary>A fresh set, in the order in which help lists them.</summary>
    public static IEnumerable<Verb> All() =>
    [
        new OptimizeVerb(),
        new RunVerb(),
        new InspectVerb(),
        new TokenizeVerb(),
        new PerplexityVerb(),
        new CompareVerb(),
        new EvaluateVerb(),
        new BenchVerb(),
        new TechniquesVerb(),
        new PlanVerb(),
        new ApplyVerb(),
        new TuneVerb(),
        new TrainVerb(),
        new HarvestVerb(),
        new PapersVerb(),
        new LedgerVerb(),
        new SiteVerb(),
        new DoctorVerb(),
    ];
}
