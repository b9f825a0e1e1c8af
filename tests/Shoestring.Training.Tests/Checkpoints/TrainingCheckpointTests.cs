using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

public sealed class TrainingCheckpointTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-checkpoint-").FullName;

    string At(string name) => Path.Combine(folder, name);

    static TrainerOptions Options => new() { Steps = 20, LearningRate = 0.05, EvaluateEvery = 3, Seed = 11 };

    static OptimizerOptions Optimizer(string name) => name switch
    {
        "adamw" => new AdamWOptions(),
        "adamw-bf16" => new AdamWOptions { State = StateFormat.BFloat16 },
        "adamw-8bit" => new EightBitAdamOptions(),
        "adafactor" => new AdafactorOptions(),
        "galore" => new GaLoreOptions { Rank = 4, Interval = 6 },
        _ => new LionOptions(),
    };

    public static TheoryData<string> Names => ["adamw", "adamw-bf16", "adamw-8bit", "adafactor", "galore", "lion"];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_run_that_goes_on_ends_with_the_bits_of_one_that_never_stopped(string name)
    {
        using Run whole = new(Options, Optimizer(name)), begun = new(Options, Optimizer(name)), resumed = new(Options, Optimizer(name));
        whole.Train();
        for (int step = 0; step < 9; step++)
        {
            begun.Trainer.Step();
        }

        begun.Save(At("checkpoint.safetensors"));
        resumed.Resume(At("checkpoint.safetensors"));
        resumed.Train();
        resumed.Trainer.History.Losses.ShouldBe(whole.Trainer.History.Losses);
        Same(resumed, whole);
    }

    [Fact]
    public void Blockwise_and_gradient_free_runs_go_on_too()
    {
        foreach (TrainerOptions options in new[] { Options with { Mezo = new MezoOptions(), LearningRate = 1e-3 }, Options with { Blockwise = new BlockwiseOptions(BlockwiseMethod.BAdam) { Interval = 4 } } })
        {
            using Run whole = new(options), begun = new(options), resumed = new(options);
            whole.Train();
            using var stop = new CancellationTokenSource();
            Stopping(begun, stop, 6).Run(stop.Token).ShouldBe(TrainingEnd.Interrupted);
            begun.Save(At("c"));
            resumed.Resume(At("c"));
            resumed.Train();
            Same(resumed, whole);
        }
    }

    static Trainer Stopping(Run run, CancellationTokenSource stop, long step)
    {
        run.HeldOut = at =>
        {
            if (at == step)
            {
                stop.Cancel();
            }

            return 1;
        };
        return run.Trainer;
    }

    static void Same(Run one, Run other)
    {
        float[][] expected = other.Model.Copy(), actual = one.Model.Copy();
        for (int i = 0; i < expected.Length; i++)
        {
            actual[i].ShouldBe(expected[i]);
        }

        one.Trainer.State.ShouldBe(other.Trainer.State with { EvaluationsSinceBest = one.Trainer.State.EvaluationsSinceBest, BestStep = one.Trainer.State.BestStep, BestHeldOut = one.Trainer.State.BestHeldOut });
    }

    [Fact]
    public void Histories_come_back_to_the_bit()
    {
        using Run run = new(Options), other = new(Options);
        run.HeldOut = step => 1.0 / (3 + step);
        run.Train();
        run.Save(At("c"));
        (TrainerState state, TrainingHistory history) = other.File.Load(At("c"));
        state.ShouldBe(run.Trainer.State);
        history.Losses.ShouldBe(run.Trainer.History.Losses);
        history.HeldOut.ShouldBe(run.Trainer.History.HeldOut);
    }

    [Fact]
    public void What_a_killed_writer_left_is_not_read_and_the_previous_one_is()
    {
        using Run run = new(Options), other = new(Options);
        run.Trainer.Step();
        run.Save(At("c"));
        TrainerState kept = run.Trainer.State;
        byte[] whole = File.ReadAllBytes(At("c"));
        File.WriteAllBytes(At($".{Guid.NewGuid():N}.tmp"), whole[..(whole.Length / 2)]);
        other.File.Load(At("c")).State.ShouldBe(kept);
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_written_leaves_the_previous_one()
    {
        using Run run = new(Options);
        run.Trainer.Step();
        run.Save(At("c"));
        byte[] before = File.ReadAllBytes(At("c"));
        run.Trainer.Step();
        Should.Throw<InputException>(() => run.Save(At("missing/c")));
        File.ReadAllBytes(At("c")).ShouldBe(before);
    }

    [Fact]
    public void A_checkpoint_of_another_run_is_refused()
    {
        using Run run = new(Options), other = new(Options);
        run.Save(At("c"));
        Should.Throw<ModelFileException>(() => new TrainingCheckpoint(other.Model, other.Optimizer, "another").Load(At("c"))).Message.ShouldContain("another run");
    }

    [Fact]
    public void Damage_is_told_and_never_believed()
    {
        using Run run = new(Options);
        run.Train();
        run.Save(At("c"));
        byte[] whole = File.ReadAllBytes(At("c"));
        int header = 8 + (int)BitConverter.ToInt64(whole, 0);
        for (int length = 0; length < whole.Length; length += length < header ? 97 : 1 + (whole.Length / 40))
        {
            File.WriteAllBytes(At("cut"), whole[..length]);
            using Run other = new(Options);
            Should.Throw<InputException>(() => other.Resume(At("cut")), $"{length} bytes");
        }

        for (int place = 8; place < header; place += 53)
        {
            byte[] changed = [.. whole];
            changed[place] ^= 0x15;
            File.WriteAllBytes(At("changed"), changed);
            using Run other = new(Options);
            Attempt(() => other.Resume(At("changed")));
        }
    }

    // A changed digit of a loss may well be believed; anything else must be told as what it is.
    static void Attempt(Action load)
    {
        try
        {
            load();
        }
        catch (InputException)
        {
            // Told.
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
