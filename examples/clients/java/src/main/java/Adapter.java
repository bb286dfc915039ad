import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** The protocol of an adapter: what is to be written comes in, what became of it goes out, a JSON object a line. */
final class Adapter {
  interface Client {
    CompletionStage<?> rpush(String key, String value);
  }

  private static final Gson GSON = new Gson();

  /** Never returns: when standard input ends, the process does, with whatever still waits in the library. */
  static void serve(String name, String version, Function<JsonObject, Client> connect) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Client client = connect.apply(GSON.fromJson(in.readLine(), JsonObject.class));
    JsonObject ready = new JsonObject();
    ready.addProperty("ready", true);
    ready.addProperty("client", name);
    ready.addProperty("version", version);
    say(ready);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonObject order = GSON.fromJson(line, JsonObject.class);
      client
          .rpush(order.get("key").getAsString(), order.get("value").getAsString())
          .whenComplete((reply, error) -> answer(order.get("id"), error));
    }
    Runtime.getRuntime().halt(0);
  }

  /** What an error says of the last attempt says nothing of those before it: never {@code fail}. */
  private static void answer(JsonElement id, Throwable error) {
    JsonObject answer = new JsonObject();
    answer.add("id", id);
    answer.addProperty("type", error == null ? "ok" : "info");
    if (error != null) answer.addProperty("error", String.valueOf(error.getMessage()));
    say(answer);
  }

  private static synchronized void say(JsonObject message) {
    System.out.println(GSON.toJson(message));
  }

  static List<JsonObject> sentinels(JsonObject hello) {
    JsonArray all = hello.getAsJsonArray("sentinels");
    List<JsonObject> list = new ArrayList<>();
    all.forEach((one) -> list.add(one.getAsJsonObject()));
    return list;
  }

  /** Null: no password. */
  static String secret(JsonObject hello, String name) {
    return hello.has(name) ? hello.get(name).getAsString() : null;
  }
}
