using Shoestring.Experiments;
using Shoestring.Models;

/// <summary>Searches a measured space many times, and draws points of it at random for the same number of tokens.</summary>
sealed class Contest(SpaceTable table, int seeds)
{
    readonly Hypervolume hypervolume = new(table);

    public ContestResult Run()
    {
        // The whole front is that of the text held out, which no search has seen.
        double whole = hypervolume.Of(table.Points);
        long all = (long)(table.Points.Count - 1) * table.Points[0].Losses.Length;
        ContestRun[] runs = [.. Enumerable.Range(0, seeds).Select(seed => Run((ulong)seed, whole, all))];
        return new ContestResult(table.Model, table.Points.Count - 1, table.Points[0].Losses.Length, table.Points[0].HeldOut.Length, MachineDescription.Current.ToString(),
            Percentile([.. runs.Select(run => run.SearchShare)], 0.1), Percentile([.. runs.Select(run => run.RandomShare)], 0.1),
            Percentile([.. runs.Select(run => run.SearchShare)], 0.5), Percentile([.. runs.Select(run => run.RandomShare)], 0.5), runs.Max(run => run.TokenShare), runs);
    }

    ContestRun Run(ulong seed, double whole, long all)
    {
        var measurer = new TableSearch(table);
        OptimizeResult found = new SearchDriver(measurer, Options(seed)).Run();
        string[] front = [.. found.All.Where(one => one.OnFront).Select(one => string.Join(' ', one.Techniques))];
        double share = hypervolume.Of(table.Points.Where(point => front.Contains(point.Techniques))) / whole;

        // Random search scores whole candidates, as many as the tokens pay for, and keeps all of them, which can only flatter it.
        int affordable = (int)(measurer.Scored / table.Points[0].Losses.Length);
        double random = hypervolume.Of(table.Points.Skip(1).OrderBy(point => CounterRandom.Uniform(seed, 1, (ulong)table.Points.ToList().IndexOf(point))).Take(affordable)) / whole;
        return new ContestRun(seed, (double)measurer.Scored / all, front.Length, share, affordable, random);
    }

    SearchOptions Options(ulong seed) => new()
    {
        Model = new SearchedModel(table.Model, table.Model, table.Model),
        Text = new SearchText(table.Text, table.Text, table.Text),
        Candidates = [.. table.Points.Skip(1).Select(point => new CandidatePlan(point.Techniques.Split(' ')))],
        Settings = "measured table",
        Budget = Budget.Parse("storedBytes<=1GB"),
        Seed = seed,
    };

    static double Percentile(double[] values, double share) => values.Order().ElementAt((int)(share * (values.Length - 1)));
}
