namespace Shoestring.Peers;

/// <summary>The time from the start of a process to its first token.</summary>
static class StartMeasurement
{
    // What a cold start may cost beside a plain read of its file, and a warm one in all.
    const double ColdOverRead = 1.5, WarmCompiledAtStart = 0.5, WarmCompiledAhead = 0.12;

    public static StartResult Run(string large, string small, int rounds)
    {
        StartedProgram[] programs = StartedProgram.BuildBoth();
        Comparison[] cold = [.. programs.Select(program => Cold(program, large, rounds))];
        PageCache.ReadThrough(small);
        var warm = Contest.Run("warm start", "s", rounds, [.. programs.Select(program => new Contender(program.Name, () => program.FirstToken(small)))]);
        Goal[] goals =
        [
            .. cold.Select((comparison, i) => new Goal($"cold start over a plain read, {programs[i].Name}", comparison.Series[^1].FirstOverThisOfMedians, ColdOverRead)),
            new($"warm start in seconds, {programs[0].Name}", warm.Series[0].Median, WarmCompiledAtStart),
            new($"warm start in seconds, {programs[1].Name}", warm.Series[1].Median, WarmCompiledAhead),
        ];
        return new(
            StartResult.SchemaName, Machine.Here(), Path.GetFileName(large), new FileInfo(large).Length, Path.GetFileName(small),
            new FileInfo(small).Length, rounds, [.. cold, warm], goals);
    }

    // The plain read stands last: its column "first/this" is the start over the read.
    static Comparison Cold(StartedProgram program, string model, int rounds) => Contest.Run($"cold start, {program.Name}", "s", rounds,
    [
        new(program.Name, () =>
        {
            PageCache.Evict(model);
            return program.FirstToken(model);
        }),
        new("plain read of the file", () => PlainRead(model)),
    ]);

    static double PlainRead(string model)
    {
        PageCache.Evict(model);
        return StartedProgram.Seconds(() => PageCache.ReadThrough(model));
    }
}
