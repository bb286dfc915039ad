import { renderedScript } from '../../lib/shell-script.ts';
import healthcheck from './healthcheck.sh';
import asProcess from './start-as-process.sh';
import inContainer from './start-in-container.sh';
import tool from './tool.sh';

/** Scripts of a broker, for POSIX sh. Both runtimes start it from the same rendered server.properties. */
export const START_IN_CONTAINER = renderedScript(inContainer);
export const START_AS_PROCESS = renderedScript(asProcess);
export const HEALTHCHECK = renderedScript(healthcheck);

/** One of Kafka's own tools, with the address of the broker where none is given. @param address `host:port`. */
export function toolScript(address: string): string {
  return renderedScript(tool).replaceAll('localhost:9092', address);
}

/** One line an event to the output, UTC; messages that every start repeats thirty times are left out. */
export const LOG_CONFIG = `# Rendered by stackctl.
Configuration:
  status: error
  Appenders:
    Console:
      name: STDOUT
      PatternLayout:
        pattern: "%d{yyyy-MM-dd'T'HH:mm:ss.SSS}{UTC}Z %p %m (%c)%n"
  Loggers:
    Root:
      level: warn
      AppenderRef:
        - ref: STDOUT
    Logger:
      - name: kafka.server.KafkaRaftServer
        level: info
`;
